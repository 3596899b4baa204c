package io.sluice.s3.auth;

/**
 * The chain of signatures over an aws-chunked body: each chunk's signature covers the one before
 * it, the first that of the request head (the seed), the trailer's that of the last chunk. So
 * chunks can be neither left out, nor moved, nor taken from another request.
 *
 * <p>Stateful and for one body; not safe for use by two threads at once.
 */
public final class ChunkSignatures {
  private static final String EMPTY_SHA256 =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  private final byte[] signingKey;
  private final String middle;
  private String previous;

  /**
   * @param timestamp of the request head, as {@code yyyyMMdd'T'HHmmss'Z'}
   * @param seedSignature the request head's signature in hex
   */
  public ChunkSignatures(
      byte[] signingKey, String timestamp, CredentialScope scope, String seedSignature) {
    this.signingKey = signingKey.clone();
    this.middle = '\n' + timestamp + '\n' + scope.text() + '\n';
    this.previous = seedSignature;
  }

  /**
   * The signature of the next chunk, in hex.
   *
   * @param sha256Hex of the chunk's payload, lower case
   */
  public String nextChunk(String sha256Hex) {
    return next("AWS4-HMAC-SHA256-PAYLOAD", EMPTY_SHA256 + '\n' + sha256Hex);
  }

  /**
   * The signature of the trailers, in hex; follows the signature of the empty last chunk.
   *
   * @param sha256Hex of the lines {@code name:value\n}, lower case
   */
  public String trailer(String sha256Hex) {
    return next("AWS4-HMAC-SHA256-TRAILER", sha256Hex);
  }

  /** Whether a signature is the expected one, in a time that does not tell where they differ. */
  public static boolean matches(String expected, String provided) {
    return Digests.equal(expected, provided);
  }

  private String next(String algorithm, String hashes) {
    previous = Digests.hmacHex(signingKey, algorithm + middle + previous + '\n' + hashes);
    return previous;
  }
}
