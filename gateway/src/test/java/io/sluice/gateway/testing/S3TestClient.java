package io.sluice.gateway.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.s3.auth.Credentials;
import io.sluice.s3.auth.OutgoingRequest;
import io.sluice.s3.auth.RequestSigner;
import io.sluice.s3.auth.SigningKeys;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** Sends signed requests and waits for the answers. */
public final class S3TestClient {
  private final Vertx vertx;
  private final HttpClient http;
  private final int port;
  private final RequestSigner signer;

  S3TestClient(Vertx vertx, int port, Credentials credentials, String region) {
    this.vertx = vertx;
    this.http = vertx.createHttpClient(new HttpClientOptions().setMaxInitialLineLength(1 << 16));
    this.port = port;
    this.signer = new RequestSigner(credentials, region, SigningKeys.derived());
  }

  /** An answer, its body read. */
  public record Answer(int status, Map<String, String> headers, Buffer content) {
    public String body() {
      return content.toString(UTF_8);
    }

    public String header(String name) {
      return headers.get(name.toLowerCase(java.util.Locale.ROOT));
    }

    /** The text of the first element of that name; null when there is none. */
    public String xml(String element) {
      String body = body();
      int open = body.indexOf("<" + element + ">");
      int from = open + element.length() + 2;
      return open < 0 ? null : body.substring(from, body.indexOf("</" + element + ">", from));
    }

    public String code() {
      return xml("Code");
    }

    public JsonObject json() {
      return new JsonObject(content);
    }
  }

  /** A request that is being put together. */
  public final class Request {
    private final String method;
    private final String path;
    private final String query;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final Map<String, String> unsignedHeaders = new LinkedHashMap<>();
    private byte[] body = {};
    private String contentSha256;
    private boolean signed = true;
    private Instant at = Instant.now();

    private Request(String method, String path, String query) {
      this.method = method;
      this.path = path;
      this.query = query;
    }

    public Request header(String name, String value) {
      headers.put(name, value);
      return this;
    }

    public Request body(String text) {
      return body(text.getBytes(UTF_8));
    }

    public Request body(byte[] bytes) {
      this.body = bytes;
      return this;
    }

    /** With the Content-MD5 of the body. */
    public Request withMd5() {
      return header("Content-MD5", Base64.getEncoder().encodeToString(digest("MD5", body)));
    }

    public Request contentSha256(String value) {
      this.contentSha256 = value;
      return this;
    }

    public Request unsigned() {
      this.signed = false;
      return this;
    }

    public Request signedAt(Instant time) {
      this.at = time;
      return this;
    }

    /** The head as it goes out, signed. */
    public OutgoingRequest head() {
      OutgoingRequest head = new OutgoingRequest(method, path, query);
      head.add("Host", "127.0.0.1:" + port);
      headers.forEach(head::set);
      if (signed) {
        signer.sign(
            head,
            contentSha256 == null
                ? HexFormat.of().formatHex(digest("SHA-256", body))
                : contentSha256,
            at);
      }
      unsignedHeaders.forEach(head::add);
      return head;
    }

    /** A header that the signature does not cover. */
    public Request unsignedHeader(String name, String value) {
      unsignedHeaders.put(name, value);
      return this;
    }

    /** The signed head as bytes on the wire, with more lines behind it, which are not signed. */
    public String wire(String... more) {
      OutgoingRequest head = head();
      StringBuilder text = new StringBuilder(method).append(' ').append(path);
      if (!query.isEmpty()) {
        text.append('?').append(query);
      }
      text.append(" HTTP/1.1\r\n");
      head.headers()
          .forEach(
              field ->
                  text.append(field.getKey()).append(": ").append(field.getValue()).append("\r\n"));
      for (String line : more) {
        text.append(line).append("\r\n");
      }
      return text.append("\r\n").toString();
    }

    public Answer send() {
      OutgoingRequest head = head();
      // All on the event loop: from elsewhere the body could have passed before it is asked for.
      Promise<Answer> answer = Promise.promise();
      vertx.runOnContext(go -> exchange(head).onComplete(answer));
      return TestGateway.await(answer.future());
    }

    private Future<Answer> exchange(OutgoingRequest head) {
      return http.request(
              new RequestOptions()
                  .setMethod(HttpMethod.valueOf(method))
                  .setHost("127.0.0.1")
                  .setPort(port)
                  .setURI(query.isEmpty() ? path : path + "?" + query))
          .compose(
              request -> {
                head.headers()
                    .forEach(field -> request.headers().add(field.getKey(), field.getValue()));
                return body.length == 0 ? request.send() : request.send(Buffer.buffer(body));
              })
          .compose(
              response ->
                  response
                      .body()
                      .map(
                          bytes -> {
                            Map<String, String> answered = new LinkedHashMap<>();
                            response
                                .headers()
                                .forEach(
                                    (name, value) ->
                                        answered.put(
                                            name.toLowerCase(java.util.Locale.ROOT), value));
                            return new Answer(response.statusCode(), answered, bytes);
                          }));
    }
  }

  public Request request(String method, String path) {
    return request(method, path, "");
  }

  /** Path and query as they go over the wire. */
  public Request request(String method, String path, String query) {
    return new Request(method, path, query);
  }

  public Answer get(String path) {
    return request("GET", path).send();
  }

  public Answer get(String path, String query) {
    return request("GET", path, query).send();
  }

  public Answer put(String path) {
    return request("PUT", path).send();
  }

  public Answer delete(String path) {
    return request("DELETE", path).send();
  }

  /** The query of a presigned URL. */
  public String presign(String method, String path, Duration validity, Instant at) {
    OutgoingRequest head = new OutgoingRequest(method, path, "");
    head.add("Host", "127.0.0.1:" + port);
    return signer.presign(head, validity, at);
  }

  static byte[] digest(String algorithm, byte[] data) {
    try {
      return MessageDigest.getInstance(algorithm).digest(data);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
