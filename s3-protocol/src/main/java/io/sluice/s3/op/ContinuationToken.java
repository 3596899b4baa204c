package io.sluice.s3.op;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.s3.QueryParameters;
import io.sluice.s3.S3Exception;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The opaque token that leads to the next page of a listing. It holds the last key (or common
 * prefix) given, so every gateway understands every other's tokens, and none expires.
 */
public final class ContinuationToken {
  /** Told apart from tokens of formats to come. */
  private static final char FORMAT = '1';

  private ContinuationToken() {}

  /** The token behind this key. */
  public static String encode(String lastKey) {
    return FORMAT + Base64.getUrlEncoder().withoutPadding().encodeToString(lastKey.getBytes(UTF_8));
  }

  /**
   * The key that a token holds.
   *
   * @throws S3Exception InvalidArgument for anything that {@link #encode} did not make
   */
  public static String decode(String token) {
    if (token.length() < 2 || token.charAt(0) != FORMAT) {
      throw incorrect(token);
    }
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(token.substring(1));
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (IllegalArgumentException | CharacterCodingException e) {
      throw incorrect(token);
    }
  }

  static @Nullable String decode(QueryParameters query, String name) {
    String token = query.get(name);
    return token == null ? null : decode(token);
  }

  private static S3Exception incorrect(String token) {
    return Fields.invalidArgument(
        "The continuation token provided is incorrect", "continuation-token", token);
  }
}
