package io.sluice.recovery.backup.target.s3;

import io.sluice.s3.auth.Digests;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads objects by their keys. Blocks; any thread. */
final class ObjectReader {
  /** Bytes of one request: so many are held in memory, and sent again when a connection breaks. */
  static final int RANGE_BYTES_MAX = 8 << 20;

  private static final Pattern STRONG_ETAG = Pattern.compile("\"[\\x21\\x23-\\x7e]*\"");

  private final S3Client client;

  ObjectReader(S3Client client) {
    this.client = client;
  }

  /** What is there under a key; null for nothing. */
  @Nullable ObjectStatus find(String key) throws IOException {
    S3Call call =
        new S3Call("HeadObject", "HEAD", key)
            .check(answer -> sizeOf(answer) < 0 ? "gave no size" : null);
    try {
      S3Answer answer = client.send(call);
      return new ObjectStatus(sizeOf(answer), etagOf(answer), answer.header("x-amz-version-id"));
    } catch (S3Failure e) {
      if (e.isMissing()) {
        return null;
      }
      throw e;
    }
  }

  private static long sizeOf(S3Answer answer) {
    String length = answer.header("content-length");
    try {
      return length == null ? -1 : Long.parseLong(length);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  /** A weak one equals none, not even itself (RFC 9110 section 8.8.3.2). */
  private static @Nullable String etagOf(S3Answer answer) {
    String etag = answer.header("etag");
    return etag != null && STRONG_ETAG.matcher(etag).matches() ? etag : null;
  }

  /**
   * Reads a part of an object that is still the same.
   *
   * @param count 1 to {@link #RANGE_BYTES_MAX}; all of them are there
   * @throws NoSuchFileException when the object is gone
   */
  byte[] range(String key, ObjectStatus status, long offset, int count) throws IOException {
    long last = offset + count - 1;
    S3Call call =
        new S3Call("GetObject", "GET", key)
            .header("Range", "bytes=" + offset + "-" + last)
            .check(answer -> complaint(answer, offset, last));
    String etag = status.etag();
    if (etag != null) {
      call.header("If-Match", etag);
    }
    try {
      return client.send(call).body();
    } catch (S3Failure e) {
      if (e.isMissing()) {
        NoSuchFileException gone = new NoSuchFileException(key, null, "was removed meanwhile");
        gone.initCause(e);
        throw gone;
      }
      if (e.isPreconditionFailed()) {
        throw new IOException(key + " was replaced while it was read", e);
      }
      throw e;
    }
  }

  private static @Nullable String complaint(S3Answer answer, long first, long last) {
    String range = answer.header("content-range");
    if (answer.status() != 206
        || range == null
        || !range.startsWith("bytes " + first + "-" + last + "/")) {
      return "sent another range than was asked for";
    }
    long asked = last - first + 1;
    return answer.body().length == asked
        ? null
        : "sent " + answer.body().length + " bytes of " + asked;
  }

  /**
   * Compares what is there with what was sent, byte by byte: an ETag tells that only for objects
   * that were sent in one piece and are not encrypted.
   */
  boolean holds(String key, ObjectStatus status, List<Sent> sent) throws IOException {
    if (sent.stream().mapToLong(Sent::size).sum() != status.size()) {
      return false;
    }
    long offset = 0;
    for (Sent piece : sent) {
      if (!sha256(key, status, offset, piece.size()).equals(piece.sha256Hex())) {
        return false;
      }
      offset += piece.size();
    }
    return true;
  }

  private String sha256(String key, ObjectStatus status, long from, long size) throws IOException {
    MessageDigest digest = Digests.newSha256();
    for (long read = 0; read < size; ) {
      int count = (int) Math.min(size - read, RANGE_BYTES_MAX);
      digest.update(range(key, status, from + read, count));
      read += count;
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
