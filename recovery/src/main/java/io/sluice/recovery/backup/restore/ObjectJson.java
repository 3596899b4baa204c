package io.sluice.recovery.backup.restore;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.sluice.storage.proto.Checksum;
import io.sluice.storage.proto.ObjectHeaders;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.UserMetadata;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** What a file can't hold of an object, as JSON. */
public final class ObjectJson {
  private ObjectJson() {}

  /**
   * All that is known of an object.
   *
   * @param file where its bytes are; null: not said
   */
  public static ObjectNode of(ByteString key, @Nullable String file, ObjectVersion version) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("key", key.toStringUtf8());
    if (!key.isValidUtf8()) {
      line.put("keyBase64", base64(key));
    }
    if (file != null) {
      line.put("file", file);
    }
    line.put("size", version.getSize());
    line.put("etag", version.getEtag()).put("lastModified", time(version.getLastModifiedMs()));
    put(line, "owner", version.getOwner());
    put(line, "storageClass", version.getStorageClass());
    if (version.getPartCount() > 0) {
      line.put("parts", version.getPartCount());
    }
    headers(line, version.getHeaders());
    if (version.getChecksumsCount() > 0) {
      ArrayNode checksums = line.putArray("checksums");
      for (Checksum checksum : version.getChecksumsList()) {
        checksums
            .addObject()
            .put("algorithm", checksum.getAlgorithm().name())
            .put("type", checksum.getType().name())
            .put("value", base64(checksum.getValue()));
      }
    }
    return line;
  }

  private static void headers(ObjectNode line, ObjectHeaders headers) {
    put(line, "contentType", headers.getContentType());
    put(line, "contentEncoding", headers.getContentEncoding());
    put(line, "contentLanguage", headers.getContentLanguage());
    put(line, "contentDisposition", headers.getContentDisposition());
    put(line, "cacheControl", headers.getCacheControl());
    put(line, "expires", headers.getExpires());
    if (headers.getUserMetadataCount() > 0) {
      ObjectNode metadata = line.putObject("userMetadata");
      for (UserMetadata each : headers.getUserMetadataList()) {
        metadata.put(each.getName(), each.getValue());
      }
    }
  }

  private static void put(ObjectNode line, String field, String value) {
    if (!value.isEmpty()) {
      line.put(field, value);
    }
  }

  private static String base64(ByteString bytes) {
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  private static String time(long ms) {
    return Instant.ofEpochMilli(ms).toString();
  }
}
