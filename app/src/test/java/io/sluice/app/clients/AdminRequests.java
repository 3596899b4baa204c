package io.sluice.app.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.TestServer;
import io.sluice.s3.auth.CachedSigningKeys;
import io.sluice.s3.auth.Credentials;
import io.sluice.s3.auth.OutgoingRequest;
import io.sluice.s3.auth.RequestSigner;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;

/** The admin API of a test's server, asked by root. */
final class AdminRequests {
  private static final String BASE = "/_sluice/admin/v1";

  private final HttpClient http = HttpClient.newHttpClient();
  private final RequestSigner signer =
      new RequestSigner(
          new Credentials(TestServer.ACCESS_KEY, TestServer.SECRET_KEY),
          "us-east-1",
          new CachedSigningKeys(1));
  private final URI endpoint;

  AdminRequests(URI endpoint) {
    this.endpoint = endpoint;
  }

  /** The answer, which must be a good one. */
  String send(String method, String path, JsonObject body) {
    HttpResponse<String> response = exchange(method, path, body);
    assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
    return response.body();
  }

  /** Whatever the answer is. */
  HttpResponse<String> exchange(String method, String path, JsonObject body) {
    byte[] content = body.isEmpty() ? new byte[0] : body.encode().getBytes(UTF_8);
    OutgoingRequest signed = new OutgoingRequest(method, BASE + path, "");
    signed.add("Host", endpoint.getRawAuthority());
    signer.sign(signed, sha256(content), Instant.now());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint.resolve(BASE + path))
            .method(method, HttpRequest.BodyPublishers.ofByteArray(content));
    for (Map.Entry<String, String> header : signed.headers()) {
      if (!header.getKey().equalsIgnoreCase("Host")) {
        request.header(header.getKey(), header.getValue());
      }
    }
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
