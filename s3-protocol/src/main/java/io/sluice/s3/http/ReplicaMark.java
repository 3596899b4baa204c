package io.sluice.s3.http;

import io.sluice.s3.auth.Digests;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * How a replica is known: an item of its user metadata, {@code
 * CLUSTER/BUCKET/EPOCH.INDEX/CONTENT/KEY}, says which version of which bucket it is, and of what
 * bytes and under which key. So a copy of a replica under another key is none, and neither are
 * other bytes that a client wrote with the metadata that it found.
 *
 * <p>{@code KEY} is a digest of the key, {@code CONTENT} the size in bytes, and where it is known
 * the MD5 of the bytes behind a hyphen.
 */
public final class ReplicaMark {
  /** The name of the item, without {@code x-amz-meta-}. */
  public static final String NAME = "sluice-origin";

  private static final int DIGEST_LENGTH = 16;
  private static final int FIELDS = 5;
  private static final int CONTENT = 3;
  private static final Pattern MD5 = Pattern.compile("[0-9a-f]{32}");

  private ReplicaMark() {}

  /**
   * What a mark ends with.
   *
   * @param key that it is stored under there
   * @param size of the object, bytes
   * @param etag without quotes; one that is no MD5 says nothing
   */
  public static String ending(String key, long size, String etag) {
    return "/" + size + (isMd5(etag) ? "-" + etag : "") + "/" + digest(key);
  }

  private static String digest(String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    return Digests.sha256Hex(bytes).substring(0, DIGEST_LENGTH);
  }

  private static boolean isMd5(String etag) {
    return MD5.matcher(etag).matches();
  }

  /**
   * Whether a mark was made for an object.
   *
   * @param key that the object is stored under
   * @param size of the object, bytes
   * @param etag as far as it is known, without quotes; one that is no MD5 says nothing
   */
  public static boolean isOf(String mark, String key, long size, String etag) {
    String[] fields = mark.split("/", -1);
    if (fields.length != FIELDS || !fields[FIELDS - 1].equals(digest(key))) {
      return false;
    }
    String[] content = fields[CONTENT].split("-", 2);
    boolean isSameSize = content[0].equals(Long.toString(size));
    boolean areBothKnown = content.length > 1 && isMd5(etag);
    return isSameSize && (!areBothKnown || content[1].equals(etag));
  }
}
