package io.sluice.recovery.backup.target.s3;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.sluice.recovery.backup.target.TargetAccess;
import io.sluice.s3.RequestHead;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.Digests;
import io.sluice.s3.auth.SignatureVerifier;
import io.sluice.s3.auth.SignedRequest;
import io.sluice.s3.auth.SigningKeys;
import io.sluice.s3.http.PercentCoding;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/** An endpoint with one bucket, {@value #BUCKET}. It checks signatures, and can be made to fail. */
final class FakeS3 implements AutoCloseable {
  static final String BUCKET = "backups";
  static final String REGION = "eu-north-1";
  static final String ACCESS_KEY = "AKIDFAKES3ACCESSKEY1";
  static final String SECRET_KEY = "fake-s3/secret+key-00000000000000000000";
  static final String TOKEN = "fake-s3-session-token//with+many=signs";

  /** The operation of requests to other buckets. */
  private static final String ELSEWHERE = "elsewhere";

  static {
    // Otherwise each answer with a body takes a delayed acknowledgement, 40 ms.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** What is answered instead. */
  @FunctionalInterface
  interface Fault {
    FakeAnswer answer(Supplier<FakeAnswer> real);
  }

  final FakeBucket bucket = new FakeBucket();
  final List<FakeBucket.Request> seen = new CopyOnWriteArrayList<>();
  private final Map<String, Queue<Fault>> faults = new ConcurrentHashMap<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final String scheme;
  private final HttpServer server;

  FakeS3() throws IOException {
    this("http", HttpServer.create(anyPort(), 0));
  }

  private FakeS3(String scheme, HttpServer server) {
    this.scheme = scheme;
    this.server = server;
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  static FakeS3 overTls(SSLContext context) throws IOException {
    HttpsServer server = HttpsServer.create(anyPort(), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    return new FakeS3("https", server);
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  URI endpoint() {
    return URI.create(scheme + "://127.0.0.1:" + server.getAddress().getPort());
  }

  String url(String prefix, String more) {
    return "s3://" + BUCKET + "/" + prefix + "?endpoint=" + endpoint() + "&region=" + REGION + more;
  }

  static TargetAccess access() {
    return access(SECRET_KEY);
  }

  static TargetAccess access(String secret) {
    return new TargetAccess(
        null,
        Map.of(
            "AWS_ACCESS_KEY_ID", ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY", secret,
            "AWS_SESSION_TOKEN", TOKEN),
        Clock.systemUTC());
  }

  /** The next request of that operation is answered so; of several faults each takes one. */
  void fail(String operation, Fault fault) {
    faults.computeIfAbsent(operation, any -> new ConcurrentLinkedQueue<>()).add(fault);
  }

  void fail(String operation, int times, int status, String code) {
    for (int i = 0; i < times; i++) {
      fail(operation, real -> FakeAnswer.error(status, code, "injected"));
    }
  }

  /** Answers when it is closed, and not before. */
  FakeAnswer hang(Supplier<FakeAnswer> real) {
    awaitClose();
    return real.get().lose();
  }

  void awaitClose() {
    try {
      closing.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  long count(String operation) {
    return seen.stream().filter(request -> request.operation().equals(operation)).count();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try {
      byte[] body = exchange.getRequestBody().readAllBytes();
      FakeBucket.Request request = read(exchange, body);
      seen.add(request);
      Queue<Fault> queue = faults.get(request.operation());
      Fault fault = queue == null ? null : queue.poll();
      Supplier<FakeAnswer> real = () -> answer(exchange, request);
      send(exchange, fault == null ? real.get() : fault.answer(real));
    } catch (RuntimeException e) {
      send(exchange, FakeAnswer.error(500, "Broken", String.valueOf(e)));
    } finally {
      exchange.close();
    }
  }

  private FakeAnswer answer(HttpExchange exchange, FakeBucket.Request request) {
    FakeAnswer refusal = unauthentic(exchange, request.body());
    if (request.operation().equals(ELSEWHERE) && refusal == null) {
      return FakeAnswer.error(404, "NoSuchBucket", "no such bucket");
    }
    if (refusal == null) {
      synchronized (bucket) {
        return bucket.answer(request);
      }
    }
    return refusal;
  }

  private static FakeAnswer unauthentic(HttpExchange exchange, byte[] body) {
    try {
      SignedRequest signed = SignedRequest.parse(new Head(exchange));
      if (signed == null) {
        return FakeAnswer.error(403, "AccessDenied", "anonymous");
      }
      if (!TOKEN.equals(signed.securityToken())) {
        return FakeAnswer.error(403, "InvalidToken", "token");
      }
      new SignatureVerifier(REGION, SigningKeys.derived())
          .verify(signed, SECRET_KEY, Clock.systemUTC().instant())
          .payload()
          .checkSha256(Digests.sha256Hex(body));
    } catch (S3Exception e) {
      return FakeAnswer.error(e.code().status(), e.code().wireName(), e.message());
    }
    return null;
  }

  private static FakeBucket.Request read(HttpExchange exchange, byte[] body) {
    String path = PercentCoding.decodeUtf8(exchange.getRequestURI().getRawPath(), false);
    String root = "/" + BUCKET + "/";
    String key = path.startsWith(root) ? path.substring(root.length()) : path;
    Map<String, String> query = new HashMap<>();
    String raw = exchange.getRequestURI().getRawQuery();
    for (String pair : raw == null ? new String[0] : raw.split("&")) {
      String[] both = pair.split("=", -1);
      query.put(both[0], PercentCoding.decodeUtf8(both[1], true));
    }
    Map<String, String> headers = new HashMap<>();
    exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
    String operation = operation(exchange.getRequestMethod(), key, query);
    return new FakeBucket.Request(
        path.startsWith(root) ? operation : ELSEWHERE, key, query, headers, () -> body);
  }

  private static String operation(String method, String key, Map<String, String> query) {
    boolean upload = query.containsKey("uploadId");
    return switch (method) {
      case "GET" ->
          key.isEmpty()
              ? query.containsKey("uploads") ? "ListMultipartUploads" : "ListObjectsV2"
              : "GetObject";
      case "HEAD" -> "HeadObject";
      case "PUT" -> upload ? "UploadPart" : "PutObject";
      case "POST" -> upload ? "CompleteMultipartUpload" : "CreateMultipartUpload";
      default -> upload ? "AbortMultipartUpload" : "DeleteObject";
    };
  }

  private static void send(HttpExchange exchange, FakeAnswer answer) throws IOException {
    if (answer.lost) {
      return; // closing it without an answer ends the connection
    }
    answer.headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
    boolean none = exchange.getRequestMethod().equals("HEAD") || answer.body.length == 0;
    exchange.sendResponseHeaders(answer.status, none ? -1 : answer.body.length);
    if (!none) {
      OutputStream out = exchange.getResponseBody();
      out.write(answer.body, 0, answer.cutAt < 0 ? answer.body.length : answer.cutAt);
      out.flush();
      answer.beforeCut.run();
    }
  }

  @Override
  public void close() {
    closing.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  /** A request as the signature covers it. */
  private record Head(HttpExchange exchange) implements RequestHead {
    @Override
    public String method() {
      return exchange.getRequestMethod();
    }

    @Override
    public String rawPath() {
      return exchange.getRequestURI().getRawPath();
    }

    @Override
    public String rawQuery() {
      String query = exchange.getRequestURI().getRawQuery();
      return query == null ? "" : query;
    }

    @Override
    public String header(String name) {
      return exchange.getRequestHeaders().getFirst(name);
    }

    @Override
    public List<String> headers(String name) {
      return exchange.getRequestHeaders().getOrDefault(name, List.of());
    }

    @Override
    public Iterable<Map.Entry<String, String>> headers() {
      List<Map.Entry<String, String>> all = new ArrayList<>();
      exchange
          .getRequestHeaders()
          .forEach((name, values) -> values.forEach(value -> all.add(Map.entry(name, value))));
      return all;
    }
  }
}
