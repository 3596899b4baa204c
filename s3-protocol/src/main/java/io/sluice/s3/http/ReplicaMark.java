package io.sluice.s3.http;

import io.sluice.s3.auth.Digests;
import java.nio.charset.StandardCharsets;

/**
 * How a replica is known: an item of its user metadata says which version of which cluster it is,
 * and ends with a digest of the key that it was stored under. So a copy of a replica is none.
 */
public final class ReplicaMark {
  /** The name of the item, without {@code x-amz-meta-}. */
  public static final String NAME = "sluice-origin";

  private static final int DIGEST_LENGTH = 16;

  private ReplicaMark() {}

  /** What the mark of a replica under that key ends with. */
  public static String ending(String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    return "/" + Digests.sha256Hex(bytes).substring(0, DIGEST_LENGTH);
  }

  /** Whether a mark was made for an object under that key. */
  public static boolean isOf(String mark, String key) {
    return mark.endsWith(ending(key));
  }
}
