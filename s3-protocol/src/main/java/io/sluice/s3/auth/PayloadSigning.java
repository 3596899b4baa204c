package io.sluice.s3.auth;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What {@code x-amz-content-sha256} promises about a request's body, and all that is needed to hold
 * it to that. Immutable.
 */
public final class PayloadSigning {
  public static final String CONTENT_SHA256 = "x-amz-content-sha256";

  /** How the body is covered by the signature. */
  public enum Kind {
    /** Not covered: TLS or a checksum protects it. */
    UNSIGNED("UNSIGNED-PAYLOAD", false, false),
    /** The header holds the SHA-256 of the whole body. */
    SHA256("", false, false),
    /** aws-chunked, each chunk signed. */
    STREAMING_SIGNED("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", true, false),
    /** aws-chunked, each chunk and the trailers signed. */
    STREAMING_SIGNED_TRAILER("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", true, true),
    /** aws-chunked with trailers, nothing of it signed. */
    STREAMING_UNSIGNED_TRAILER("STREAMING-UNSIGNED-PAYLOAD-TRAILER", false, true);

    private final String wireName;
    private final boolean chunksSigned;
    private final boolean trailers;

    Kind(String wireName, boolean chunksSigned, boolean trailers) {
      this.wireName = wireName;
      this.chunksSigned = chunksSigned;
      this.trailers = trailers;
    }

    /** The header's value; empty for {@link #SHA256}, whose value is the digest. */
    public String wireName() {
      return wireName;
    }

    /** Whether each chunk carries a signature. */
    public boolean chunksSigned() {
      return chunksSigned;
    }

    /** Whether trailers may follow the last chunk. */
    public boolean trailers() {
      return trailers;
    }

    /** Whether the body is aws-chunked. */
    public boolean streaming() {
      return chunksSigned || trailers;
    }
  }

  private final Kind kind;
  private final @Nullable String sha256Hex;
  private final @Nullable Supplier<ChunkSignatures> chain;

  private PayloadSigning(
      Kind kind, @Nullable String sha256Hex, @Nullable Supplier<ChunkSignatures> chain) {
    this.kind = kind;
    this.sha256Hex = sha256Hex;
    this.chain = chain;
  }

  /**
   * Reads a value of {@code x-amz-content-sha256}.
   *
   * @throws S3Exception {@code InvalidArgument} for a value AWS does not know, {@code
   *     NotImplemented} for the forms signed with ECDSA
   */
  static PayloadSigning parse(String value, @Nullable Supplier<ChunkSignatures> chain) {
    for (Kind kind : Kind.values()) {
      if (kind != Kind.SHA256 && kind.wireName.equals(value)) {
        return new PayloadSigning(kind, null, kind.chunksSigned ? chain : null);
      }
    }
    if (value.equals("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")
        || value.equals("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER")) {
      throw new S3Exception(S3ErrorCode.NOT_IMPLEMENTED).with("Header", CONTENT_SHA256);
    }
    if (!isSha256Hex(value)) {
      throw new S3Exception(
              S3ErrorCode.INVALID_ARGUMENT,
              "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER,"
                  + " STREAMING-AWS4-HMAC-SHA256-PAYLOAD,"
                  + " STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER,"
                  + " STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD,"
                  + " STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.")
          .with("ArgumentName", CONTENT_SHA256)
          .with("ArgumentValue", value);
    }
    return new PayloadSigning(Kind.SHA256, value.toLowerCase(Locale.ROOT), null);
  }

  /**
   * What an anonymous request says about its body: there is no key, so no chunk can be signed.
   *
   * @throws S3Exception as when the header is wrong; {@code InvalidRequest} for signed chunks
   */
  public static PayloadSigning ofAnonymous(RequestHead head) {
    String value = head.header(CONTENT_SHA256);
    if (value == null) {
      return new PayloadSigning(Kind.UNSIGNED, null, null);
    }
    PayloadSigning signing = parse(value.strip(), null);
    if (signing.kind.chunksSigned) {
      throw new S3Exception(
          S3ErrorCode.INVALID_REQUEST, "An anonymous request cannot have signed chunks.");
    }
    return signing;
  }

  public Kind kind() {
    return kind;
  }

  /** The body's SHA-256 in lower-case hex, if the client gave it. */
  public @Nullable String sha256Hex() {
    return sha256Hex;
  }

  /**
   * A new chain of chunk signatures, at its seed.
   *
   * @throws IllegalStateException if the chunks of this kind are not signed
   */
  public ChunkSignatures newChunkSignatures() {
    if (chain == null) {
      throw new IllegalStateException(kind + " has no signed chunks");
    }
    return chain.get();
  }

  /**
   * Compares the body's digest with the promised one; nothing happens if none was promised.
   *
   * @param computedHex SHA-256 of the body, lower-case hex
   * @throws S3Exception {@code XAmzContentSHA256Mismatch}
   */
  public void checkSha256(String computedHex) {
    if (sha256Hex != null && !Digests.equal(sha256Hex, computedHex)) {
      throw new S3Exception(S3ErrorCode.X_AMZ_CONTENT_SHA256_MISMATCH)
          .with("ClientComputedContentSHA256", sha256Hex)
          .with("S3ComputedContentSHA256", computedHex);
    }
  }

  private static boolean isSha256Hex(String value) {
    if (value.length() != 64) {
      return false;
    }
    for (int i = 0; i < 64; i++) {
      char c = value.charAt(i);
      if (Character.digit(c, 16) < 0 || c > 'f') {
        return false;
      }
    }
    return true;
  }
}
