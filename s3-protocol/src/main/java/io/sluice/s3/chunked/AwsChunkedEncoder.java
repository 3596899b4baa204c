package io.sluice.s3.chunked;

import io.sluice.s3.auth.ChunkSignatures;
import io.sluice.s3.auth.Digests;
import io.sluice.s3.auth.PayloadSigning.Kind;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes an {@code aws-chunked} body, for signing clients. The caller sends, for each piece of
 * payload, {@link #chunkHeader}, the payload, {@link #crlf}; and {@link #end} when there is no
 * more. For one thread at a time.
 */
public final class AwsChunkedEncoder {
  private static final int SIGNATURE_BYTES = ";chunk-signature=".length() + 64;

  private final Kind kind;
  private final @Nullable ChunkSignatures signatures;
  private final MessageDigest digest = Digests.newSha256();

  /**
   * @param signatures at their seed, for a kind whose chunks are signed
   */
  public AwsChunkedEncoder(Kind kind, @Nullable ChunkSignatures signatures) {
    if (!kind.streaming() || kind.chunksSigned() != (signatures != null)) {
      throw new IllegalArgumentException(kind.toString());
    }
    this.kind = kind;
    this.signatures = signatures;
  }

  /** What stands behind each chunk's payload. */
  public static byte[] crlf() {
    return new byte[] {'\r', '\n'};
  }

  /** What stands before a chunk of this payload, at least one byte of it. */
  public byte[] chunkHeader(byte[] payload, int offset, int length) {
    if (length < 1) {
      throw new IllegalArgumentException("a chunk of " + length + " bytes");
    }
    return header(payload, offset, length).getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * What ends the body.
   *
   * @param trailers names in lower case, in the order they are sent; empty for a kind without them
   */
  public byte[] end(Map<String, String> trailers) {
    if (!kind.trailers() && !trailers.isEmpty()) {
      throw new IllegalArgumentException(kind + " has no trailers");
    }
    StringBuilder out = new StringBuilder(header(new byte[0], 0, 0));
    trailers.forEach((name, value) -> out.append(name).append(':').append(value).append("\r\n"));
    if (kind.trailers() && signatures != null) {
      out.append(TrailerSection.SIGNATURE)
          .append(':')
          .append(signatures.trailer(TrailerSection.sha256Hex(trailers)))
          .append("\r\n");
    }
    return out.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * The length of a whole body without trailers and their signature: what {@code Content-Length}
   * says.
   *
   * @param chunkBytes how much payload each chunk holds but the last
   */
  public static long encodedLength(Kind kind, long payloadBytes, int chunkBytes) {
    long extra = 4L + (kind.chunksSigned() ? SIGNATURE_BYTES : 0);
    long full = payloadBytes / chunkBytes;
    long rest = payloadBytes % chunkBytes;
    long length = full * (Integer.toHexString(chunkBytes).length() + extra) + payloadBytes;
    if (rest > 0) {
      length += Long.toHexString(rest).length() + extra;
    }
    return length + 1 + extra;
  }

  private String header(byte[] payload, int offset, int length) {
    String size = Integer.toHexString(length);
    if (signatures == null) {
      return size + "\r\n";
    }
    digest.update(payload, offset, length);
    String sha256Hex = HexFormat.of().formatHex(digest.digest());
    return size + ";chunk-signature=" + signatures.nextChunk(sha256Hex) + "\r\n";
  }
}
