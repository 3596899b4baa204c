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
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** The admin API of a test's server, asked by root. */
final class AdminRequests {
  private static final String BASE = "/_sluice/admin/v1";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final JsonObject NOTHING = new JsonObject();

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

  JsonObject get(String path) {
    return new JsonObject(send("GET", path, NOTHING));
  }

  /** Adds something that a format has: a new server may not have that for a moment. */
  void create(String path, JsonObject body) {
    Awaitility.await("a format that has it")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> exchange("POST", path, body).statusCode() == 201);
  }

  /** The answer that is as wanted, asked for until it is. */
  JsonObject until(String path, Predicate<JsonObject> wanted) {
    JsonObject[] last = {NOTHING};
    try {
      Awaitility.await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(50))
          .until(
              () -> {
                last[0] = get(path);
                return wanted.test(last[0]);
              });
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("not so: " + last[0], e);
    }
    return last[0];
  }

  /** The answer whose field is as wanted. */
  JsonObject until(String path, String field, String wanted) {
    return until(path, answer -> wanted.equals(answer.getString(field)));
  }

  /** Makes a backup, whose id it says. */
  String backUp(String target, String kind) {
    String path = "/targets/" + target;
    JsonObject wanted = new JsonObject().put("kind", kind);
    String id = new JsonObject(send("POST", path + "/backups", wanted)).getString("id");
    until(path, now -> id.equals(now.getJsonObject("last", NOTHING).getString("id")));
    return id;
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
