package io.sluice.recovery.backup.target.s3;

import io.sluice.s3.http.UserMetadata;
import io.sluice.storage.proto.Checksum;
import io.sluice.storage.proto.ChecksumAlgorithm;
import io.sluice.storage.proto.ChecksumType;
import io.sluice.storage.proto.ObjectHeaders;
import io.sluice.storage.proto.ObjectVersion;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What goes with an object's bytes.
 *
 * @param headers its type, user metadata and the like, as S3 names them; ASCII
 * @param checksums headers with a checksum of all its bytes, for the endpoint to compare them with
 *     when they come in one piece
 */
public record ObjectDescription(Map<String, String> headers, Map<String, String> checksums) {
  /** Of files that nobody but backups reads. */
  static final ObjectDescription OF_FILE =
      new ObjectDescription(Map.of("Content-Type", "application/octet-stream"), Map.of());

  /** S3's, of names and values together. */
  private static final int USER_METADATA_BYTES_MAX = 2 << 10;

  public ObjectDescription {
    headers = Map.copyOf(headers);
    checksums = Map.copyOf(checksums);
  }

  /** What the store knows of an object, and an endpoint can keep. */
  public static ObjectDescription of(ObjectVersion object) {
    ObjectHeaders from = object.getHeaders();
    Map<String, String> headers = new LinkedHashMap<>();
    put(headers, "Content-Type", from.getContentType());
    put(headers, "Content-Encoding", from.getContentEncoding());
    put(headers, "Content-Language", from.getContentLanguage());
    put(headers, "Content-Disposition", from.getContentDisposition());
    put(headers, "Cache-Control", from.getCacheControl());
    put(headers, "Expires", from.getExpires());
    from.getUserMetadataList()
        .forEach(each -> headers.put(UserMetadata.PREFIX + each.getName(), encoded(each)));
    Map<String, String> checksums = new LinkedHashMap<>();
    for (Checksum checksum : object.getChecksumsList()) {
      boolean isOfAll =
          checksum.getType() == ChecksumType.FULL_OBJECT
              && checksum.getAlgorithm() != ChecksumAlgorithm.CHECKSUM_NONE;
      if (isOfAll && checksums.isEmpty()) {
        checksums.put(
            "x-amz-checksum-" + checksum.getAlgorithm().name().toLowerCase(Locale.ROOT),
            Base64.getEncoder().encodeToString(checksum.getValue().toByteArray()));
      }
    }
    return new ObjectDescription(headers, checksums);
  }

  private static String encoded(io.sluice.storage.proto.UserMetadata each) {
    return UserMetadata.encode(each.getValue());
  }

  private static void put(Map<String, String> headers, String name, String value) {
    if (!value.isEmpty()) {
      boolean isAscii = value.chars().allMatch(c -> c >= ' ' && c < 0x7f);
      headers.put(name, isAscii ? value : UserMetadata.encode(value));
    }
  }

  /**
   * The same with one more item of user metadata.
   *
   * @param name without the prefix of such headers
   * @param value ASCII
   * @return null when that were more than S3 takes
   */
  public @Nullable ObjectDescription with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(UserMetadata.PREFIX + name, value);
    int bytes = 0;
    for (Map.Entry<String, String> each : more.entrySet()) {
      if (each.getKey().startsWith(UserMetadata.PREFIX)) {
        bytes += each.getKey().length() - UserMetadata.PREFIX.length();
        bytes += each.getValue().getBytes(StandardCharsets.UTF_8).length;
      }
    }
    return bytes > USER_METADATA_BYTES_MAX ? null : new ObjectDescription(more, checksums);
  }
}
