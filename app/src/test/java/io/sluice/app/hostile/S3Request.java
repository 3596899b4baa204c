package io.sluice.app.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNullElse;

import io.sluice.app.TestServer;
import io.sluice.s3.auth.ChunkSignatures;
import io.sluice.s3.auth.Credentials;
import io.sluice.s3.auth.OutgoingRequest;
import io.sluice.s3.auth.PayloadSigning.Kind;
import io.sluice.s3.auth.RequestSigner;
import io.sluice.s3.auth.SigningKeys;
import io.sluice.s3.chunked.AwsChunkedEncoder;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A request that is right, signed by root, until the test spoils it. Text in it stands for bytes,
 * one char each.
 */
final class S3Request {
  static final Credentials ROOT = new Credentials(TestServer.ACCESS_KEY, TestServer.SECRET_KEY);
  static final String UNSIGNED = "UNSIGNED-PAYLOAD";

  private record Header(String name, String value) {}

  private final String method;
  private final String path;
  private final String query;
  private final List<Header> signedHeaders = new ArrayList<>();
  private final List<Header> addedHeaders = new ArrayList<>();
  private byte[] body = {};
  private @Nullable String contentSha256;
  private @Nullable Credentials credentials = ROOT;
  private String region = "us-east-1";
  private Instant at = Instant.now();
  private @Nullable Duration validity;
  private @Nullable Kind chunked;
  private int chunkBytes;
  private Map<String, String> trailers = Map.of();
  private boolean sendsLength = true;
  private UnaryOperator<String> spoilHead = UnaryOperator.identity();
  private UnaryOperator<String> spoilBody = UnaryOperator.identity();

  private S3Request(String method, String target) {
    int question = target.indexOf('?');
    this.method = method;
    this.path = question < 0 ? target : target.substring(0, question);
    this.query = question < 0 ? "" : target.substring(question + 1);
  }

  /** A request for a path and query as they go over the wire. */
  static S3Request of(String method, String target) {
    return new S3Request(method, target);
  }

  static S3Request get(String target) {
    return of("GET", target);
  }

  static S3Request put(String target, byte[] body) {
    return of("PUT", target).body(body);
  }

  static S3Request post(String target, String body) {
    return of("POST", target).body(body.getBytes(UTF_8));
  }

  boolean isHead() {
    return method.equals("HEAD");
  }

  /** A header that is signed. */
  S3Request header(String name, String value) {
    signedHeaders.add(new Header(name, value));
    return this;
  }

  /** A header that is added to the request after it was signed. */
  S3Request unsignedHeader(String name, String value) {
    addedHeaders.add(new Header(name, value));
    return this;
  }

  S3Request body(byte[] bytes) {
    this.body = bytes;
    return this;
  }

  S3Request withMd5() {
    return header("Content-MD5", Base64.getEncoder().encodeToString(digest("MD5", body)));
  }

  /** What the request says of its body, in place of the body's SHA-256. */
  S3Request contentSha256(String value) {
    this.contentSha256 = value;
    return this;
  }

  S3Request as(Credentials who) {
    this.credentials = who;
    return this;
  }

  S3Request anonymous() {
    this.credentials = null;
    return this;
  }

  S3Request inRegion(String name) {
    this.region = name;
    return this;
  }

  S3Request signedAt(Instant time) {
    this.at = time;
    return this;
  }

  /** Signed in the query. */
  S3Request presigned(Duration goodFor) {
    this.validity = goodFor;
    return this;
  }

  /** The body goes as aws-chunked; {@code values} are its trailers, in lower case. */
  S3Request chunked(Kind kind, int bytes, Map<String, String> values) {
    this.chunked = kind;
    this.chunkBytes = bytes;
    this.trailers = values;
    this.contentSha256 = kind.wireName();
    header("content-encoding", "aws-chunked");
    if (!values.isEmpty()) {
      header("x-amz-trailer", String.join(",", values.keySet()));
    }
    return this;
  }

  /** Without Content-Length; the test adds what it wants in its place. */
  S3Request withoutLength() {
    this.sendsLength = false;
    return this;
  }

  /** Changes the signed head. */
  S3Request spoilHead(UnaryOperator<String> change) {
    this.spoilHead = change;
    return this;
  }

  /** Changes the signed body; Content-Length follows. */
  S3Request spoilBody(UnaryOperator<String> change) {
    this.spoilBody = change;
    return this;
  }

  /** All of it, as it goes over the wire. */
  byte[] bytes(URI endpoint) {
    OutgoingRequest signed = new OutgoingRequest(method, path, query);
    signed.add("Host", endpoint.getAuthority());
    signedHeaders.forEach(header -> signed.add(header.name, header.value));
    if (chunked != null && signed.header("x-amz-decoded-content-length") == null) {
      signed.add("x-amz-decoded-content-length", Integer.toString(body.length));
    }
    String wireQuery = query;
    ChunkSignatures chain = null;
    String promised = requireNonNullElse(contentSha256, sha256Hex(body));
    if (credentials == null) {
      if (contentSha256 != null) {
        signed.add("x-amz-content-sha256", contentSha256);
      }
    } else {
      RequestSigner signer = new RequestSigner(credentials, region, SigningKeys.derived());
      if (validity == null) {
        chain = signer.sign(signed, promised, at);
      } else {
        wireQuery = signer.presign(signed, validity, at);
      }
    }
    byte[] sent = spoilBody.apply(text(encode(chain))).getBytes(ISO_8859_1);
    StringBuilder head = new StringBuilder(method).append(' ').append(path);
    if (!wireQuery.isEmpty()) {
      head.append('?').append(wireQuery);
    }
    head.append(" HTTP/1.1\r\n");
    signed.headers().forEach(field -> field(head, field.getKey(), field.getValue()));
    addedHeaders.forEach(header -> field(head, header.name, header.value));
    if (sendsLength && (sent.length > 0 || method.equals("PUT") || method.equals("POST"))) {
      field(head, "Content-Length", Integer.toString(sent.length));
    }
    byte[] headBytes = spoilHead.apply(head.append("\r\n").toString()).getBytes(ISO_8859_1);
    ByteArrayOutputStream all = new ByteArrayOutputStream(headBytes.length + sent.length);
    all.writeBytes(headBytes);
    all.writeBytes(sent);
    return all.toByteArray();
  }

  private static void field(StringBuilder head, String name, String value) {
    head.append(name).append(": ").append(value).append("\r\n");
  }

  private byte[] encode(@Nullable ChunkSignatures chain) {
    if (chunked == null) {
      return body;
    }
    AwsChunkedEncoder encoder =
        new AwsChunkedEncoder(chunked, chunked.chunksSigned() ? chain : null);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int from = 0; from < body.length; from += chunkBytes) {
      int length = Math.min(chunkBytes, body.length - from);
      out.writeBytes(encoder.chunkHeader(body, from, length));
      out.write(body, from, length);
      out.writeBytes(AwsChunkedEncoder.crlf());
    }
    out.writeBytes(encoder.end(trailers));
    return out.toByteArray();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }

  static String sha256Hex(byte[] bytes) {
    return HexFormat.of().formatHex(digest("SHA-256", bytes));
  }

  static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
