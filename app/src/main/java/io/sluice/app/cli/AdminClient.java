package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.s3.auth.CachedSigningKeys;
import io.sluice.s3.auth.Credentials;
import io.sluice.s3.auth.OutgoingRequest;
import io.sluice.s3.auth.RequestSigner;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Asks a server's admin API. Blocks: for the command line only. */
final class AdminClient {
  private static final String BASE = "/_sluice/admin/v1";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI endpoint;
  private final RequestSigner signer;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  AdminClient(URI endpoint, String region, Credentials credentials) {
    if (endpoint.getHost() == null) {
      throw new IllegalStateException(
          "--endpoint '" + endpoint + "' is not a URL such as http://127.0.0.1:9000");
    }
    this.endpoint = endpoint;
    this.signer = new RequestSigner(credentials, region, new CachedSigningKeys(1));
  }

  /**
   * Sends a request and reads its JSON answer.
   *
   * @param path below the admin API, such as {@code /accounts}
   * @throws AdminException when the server refuses or can't be reached; the message is for a person
   */
  JsonNode call(String method, String path, @Nullable Object body) {
    try {
      byte[] content = body == null ? new byte[0] : JSON.writeValueAsBytes(body);
      HttpResponse<byte[]> response =
          http.send(
              request(method, path, content, body != null),
              HttpResponse.BodyHandlers.ofByteArray());
      JsonNode answer = parse(response.body());
      if (response.statusCode() / 100 != 2) {
        throw new AdminException(reason(response.statusCode(), answer));
      }
      return answer;
    } catch (IOException e) {
      throw new AdminException("can't reach " + endpoint + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AdminException("interrupted", e);
    }
  }

  private HttpRequest request(String method, String path, byte[] content, boolean hasBody) {
    OutgoingRequest signed = new OutgoingRequest(method, BASE + path, "");
    signed.add("Host", endpoint.getRawAuthority());
    signer.sign(signed, sha256(content), Clock.systemUTC().instant());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint.resolve(BASE + path))
            .timeout(TIMEOUT)
            .method(
                method,
                hasBody
                    ? HttpRequest.BodyPublishers.ofByteArray(content)
                    : HttpRequest.BodyPublishers.noBody());
    for (Map.Entry<String, String> header : signed.headers()) {
      if (!header.getKey().equalsIgnoreCase("Host")) { // the client sets it, to the same value
        request.header(header.getKey(), header.getValue());
      }
    }
    return request.build();
  }

  private static JsonNode parse(byte[] body) {
    try {
      return JSON.readTree(body);
    } catch (IOException e) {
      return JSON.getNodeFactory().textNode(new String(body, StandardCharsets.UTF_8));
    }
  }

  private static String reason(int status, JsonNode answer) {
    String message = answer.path("message").asText("");
    return message.isEmpty() ? "the server answered " + status + ": " + answer : message;
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** What the server said, or why it could not be asked. */
  static final class AdminException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AdminException(String message) {
      super(message);
    }

    AdminException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
