package io.sluice.recovery.backup.target.s3;

import io.sluice.s3.auth.CachedSigningKeys;
import io.sluice.s3.auth.OutgoingRequest;
import io.sluice.s3.auth.RequestSigner;
import io.sluice.s3.auth.SigningKeys;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/**
 * Sends one signed request and gets one answer. The body is signed too, so an endpoint notices when
 * it was hurt on the way, with TLS or without. Any thread.
 */
final class S3Exchange {
  private final S3Location location;
  private final CredentialsSource source;
  private final S3Limits limits;
  private final InstantSource clock;
  private final SigningKeys keys = new CachedSigningKeys(2);
  private final HttpClient http;

  /**
   * @throws IOException when the certificates to trust can't be read
   */
  S3Exchange(S3Location location, CredentialsSource source, S3Limits limits, InstantSource clock)
      throws IOException {
    this.location = location;
    this.source = source;
    this.limits = limits;
    this.clock = clock;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .connectTimeout(limits.connect())
            // A signature is for one host: what is sent elsewhere is refused there.
            .followRedirects(Redirect.NEVER)
            .version(Version.HTTP_1_1)
            .executor(TargetThreads.ofHttp());
    Path bundle = location.caBundle();
    if (bundle != null && "https".equals(location.endpoint().getScheme())) {
      builder.sslContext(TrustedCertificates.of(bundle));
    }
    this.http = builder.build();
  }

  /**
   * Sends a request, whatever the answer to it.
   *
   * @throws IOException when there is no whole answer in time
   */
  S3Answer send(S3Call call) throws IOException, InterruptedException {
    OutgoingRequest head =
        new OutgoingRequest(call.method(), location.path(call.key()), call.query());
    head.add("Host", location.endpoint().getRawAuthority());
    for (Map.Entry<String, String> header : call.headers()) {
      head.add(header.getKey(), header.getValue());
    }
    new RequestSigner(source.current(), location.region(), keys)
        .sign(head, call.body().sha256Hex(), clock.instant());
    String query = call.query().isEmpty() ? "" : "?" + call.query();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(location.endpoint() + head.rawPath() + query))
            .timeout(limits.deadline(call, call.body().size()))
            .method(call.method(), call.body().publisher());
    for (Map.Entry<String, String> header : head.headers()) {
      if (!header.getKey().equals("Host")) { // the client sets it, to the same value
        request.header(header.getKey(), header.getValue());
      }
    }
    HttpResponse<byte[]> response = http.send(request.build(), collecting(call));
    return new S3Answer(response.statusCode(), response.headers(), response.body());
  }

  private BodyHandler<byte[]> collecting(S3Call call) {
    return head -> {
      // A HEAD is answered with the length of what is not sent.
      long expected =
          call.method().equals("HEAD")
              ? 0
              : head.headers().firstValueAsLong("content-length").orElse(0);
      return new AnswerBody(
          expected,
          call.answerBytesMax(),
          limits.deadline(call, Math.min(expected, call.answerBytesMax())));
    };
  }
}
