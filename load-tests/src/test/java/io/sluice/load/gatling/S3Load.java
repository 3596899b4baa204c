package io.sluice.load.gatling;

import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.http.client.Request;
import io.gatling.javaapi.core.CoreDsl;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import io.sluice.load.content.SeededContent;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.Credentials;
import io.sluice.load.s3.S3Response;
import io.sluice.load.s3.SigV4Signer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What the simulations share: settings from system properties, signed requests, and the objects
 * that are read.
 */
final class S3Load {

  static final String BUCKET = "gatling";

  final int users = Integer.getInteger("users", 8);
  final Duration duration = Duration.ofSeconds(Integer.getInteger("duration", 10));
  final int size = Integer.getInteger("size", 64 * 1024);
  final int objects = Integer.getInteger("objects", 100);

  /** One endpoint, a balancer perhaps, or several gateways, of which each user takes one. */
  private final List<URI> endpoints =
      Stream.of(
              System.getProperty(
                      "endpoints", System.getProperty("endpoint", "http://127.0.0.1:9000"))
                  .split(","))
          .map(URI::create)
          .toList();

  private final Credentials credentials = Credentials.fromEnvironment();
  private final byte[] body = SeededContent.bytes(1, size);
  private final ThreadLocal<Map<String, SigV4Signer>> signers =
      ThreadLocal.withInitial(HashMap::new);

  HttpProtocolBuilder protocol() {
    return http.baseUrls(endpoints.stream().map(URI::toString).toList())
        .shareConnections()
        .disableCaching();
  }

  /** Makes the bucket; with {@code fill} also the objects that downloads and listings need. */
  void prepare(boolean fill) {
    try {
      BlockingS3Client client =
          new BlockingS3Client(
              BlockingS3Client.sharedHttp(),
              endpoints.get(0),
              credentials,
              "us-east-1",
              Duration.ofMinutes(1));
      createBucket(client);
      for (int i = 0; fill && i < objects; i++) {
        S3Response response = client.put(BUCKET, key(i), body);
        if (!response.isSuccess()) {
          throw new IllegalStateException("cannot prepare: " + response);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One that is there already is as good. */
  private static void createBucket(BlockingS3Client client) throws IOException {
    try {
      client.createBucket(BUCKET);
    } catch (BlockingS3Client.RefusedException e) {
      if (e.response().status() != 409) {
        throw e;
      }
    }
  }

  HttpRequestActionBuilder put() {
    return signed(http("PUT").put(this::randomPath).body(CoreDsl.ByteArrayBody(body)));
  }

  HttpRequestActionBuilder get() {
    Function<Session, String> path = this::randomPath;
    return signed(http("GET").get(path));
  }

  HttpRequestActionBuilder head() {
    return signed(http("HEAD").head(this::randomPath));
  }

  HttpRequestActionBuilder list() {
    return signed(
        http("LIST")
            .get(
                session -> "/" + BUCKET + "?list-type=2&max-keys=1000&start-after=" + randomKey()));
  }

  private HttpRequestActionBuilder signed(HttpRequestActionBuilder request) {
    return request.sign(this::sign).check(status().is(200));
  }

  private Request sign(Request request) {
    String query = request.getUri().getQuery();
    int port = request.getUri().getPort();
    String host = request.getUri().getHost() + (port < 0 ? "" : ":" + port);
    SigV4Signer.Signed signed =
        signers
            .get()
            .computeIfAbsent(host, this::signer)
            .sign(
                request.getMethod().name(),
                request.getUri().getPath(),
                query == null ? "" : canonical(query));
    request.getHeaders().set("x-amz-date", signed.amzDate());
    request.getHeaders().set("x-amz-content-sha256", signed.contentSha256());
    request.getHeaders().set("Authorization", signed.authorization());
    return request;
  }

  private SigV4Signer signer(String host) {
    return new SigV4Signer(credentials, "us-east-1", host, InstantSource.system());
  }

  /** The parameters of {@link #list()} need no encoding, only their order. */
  private static String canonical(String query) {
    String[] parameters = query.split("&", -1);
    Arrays.sort(parameters);
    return String.join("&", parameters);
  }

  private String randomPath(Session session) {
    return "/" + BUCKET + "/" + randomKey();
  }

  private String randomKey() {
    return key(ThreadLocalRandom.current().nextInt(objects));
  }

  private static String key(int number) {
    return String.format("object-%08d", number);
  }
}
