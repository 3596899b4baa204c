package io.sluice.s3.chunked;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.ChunkSignatures;
import io.sluice.s3.auth.Digests;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What follows the last chunk: trailers, their signature, and an empty line. */
final class TrailerSection {
  static final String SIGNATURE = "x-amz-trailer-signature";
  private static final int BYTES_MAX = 16 * 1024;

  private final Set<String> announced = new TreeSet<>();
  private final @Nullable ChunkSignatures signatures;
  private final LineBuffer line = new LineBuffer(BYTES_MAX);
  private final Map<String, String> fields = new LinkedHashMap<>();
  private boolean allowed;
  private int bytes;
  private @Nullable String signature;

  TrailerSection(Iterable<String> trailerHeaders, @Nullable ChunkSignatures signatures) {
    this.signatures = signatures;
    for (String header : trailerHeaders) {
      for (String name : header.split(",", -1)) {
        String stripped = name.strip().toLowerCase(Locale.ROOT);
        if (!stripped.isEmpty()) {
          announced.add(stripped);
        }
      }
    }
  }

  /** Follows the last chunk; without trailers allowed only the empty line may come. */
  void start(boolean trailersAllowed) {
    allowed = trailersAllowed;
  }

  /** Takes bytes up to the end of the section; true if that was reached and all of it is right. */
  boolean take(ByteBuffer input) {
    while (line.take(input)) {
      String text = line.text();
      line.clear();
      if (text.isEmpty()) {
        finish();
        return true;
      }
      bytes += text.length();
      if (!allowed || bytes > BYTES_MAX || signature != null) {
        throw malformed();
      }
      field(text);
    }
    return false;
  }

  Map<String, String> fields() {
    return Map.copyOf(fields);
  }

  private void field(String text) {
    int colon = text.indexOf(':');
    if (colon <= 0) {
      throw malformed();
    }
    String name = text.substring(0, colon).toLowerCase(Locale.ROOT);
    // AWS's own example, and clients made after it, end a trailer's value with LF CRLF.
    int end = text.endsWith("\n") ? text.length() - 1 : text.length();
    String value = text.substring(colon + 1, end).strip();
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) < ' ') {
        throw malformed();
      }
    }
    if (name.equals(SIGNATURE) && signatures != null) {
      signature = value;
    } else if (!announced.contains(name) || fields.put(name, value) != null) {
      throw malformed();
    }
  }

  private void finish() {
    if (!allowed) {
      return;
    }
    if (!fields.keySet().equals(announced)) {
      throw malformed();
    }
    if (signatures == null) {
      return;
    }
    if (signature == null) {
      throw malformed();
    }
    String expected = signatures.trailer(sha256Hex(fields));
    if (!ChunkSignatures.matches(expected, signature)) {
      throw new S3Exception(S3ErrorCode.SIGNATURE_DOES_NOT_MATCH);
    }
  }

  /** The digest that a trailer signature covers: {@code name:value\n} each, in their order. */
  static String sha256Hex(Map<String, String> fields) {
    MessageDigest digest = Digests.newSha256();
    fields.forEach(
        (name, value) ->
            digest.update((name + ':' + value + '\n').getBytes(StandardCharsets.ISO_8859_1)));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static S3Exception malformed() {
    return new S3Exception(S3ErrorCode.MALFORMED_TRAILER_ERROR);
  }
}
