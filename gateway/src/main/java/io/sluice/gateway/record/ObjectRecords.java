package io.sluice.gateway.record;

import io.sluice.s3.op.ObjectMetadata;
import io.sluice.storage.proto.ObjectHeaders;
import io.sluice.storage.proto.UserMetadata;
import io.sluice.storage.proto.WriteCondition;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a client says about an object, as it is stored. */
public final class ObjectRecords {
  private ObjectRecords() {}

  /** The record of what a client sent. */
  public static ObjectHeaders headers(ObjectMetadata metadata) {
    Map<String, String> content = metadata.contentHeaders();
    ObjectHeaders.Builder record =
        ObjectHeaders.newBuilder()
            .setContentType(content.getOrDefault("Content-Type", ""))
            .setContentEncoding(content.getOrDefault("Content-Encoding", ""))
            .setContentLanguage(content.getOrDefault("Content-Language", ""))
            .setContentDisposition(content.getOrDefault("Content-Disposition", ""))
            .setCacheControl(content.getOrDefault("Cache-Control", ""))
            .setExpires(content.getOrDefault("Expires", ""));
    metadata
        .userMetadata()
        .forEach(
            (name, value) ->
                record.addUserMetadata(UserMetadata.newBuilder().setName(name).setValue(value)));
    return record.build();
  }

  /** What a client gets back. */
  public static ObjectMetadata metadata(ObjectHeaders record) {
    Map<String, String> content = new LinkedHashMap<>();
    putIfSet(content, "Cache-Control", record.getCacheControl());
    putIfSet(content, "Content-Disposition", record.getContentDisposition());
    putIfSet(content, "Content-Encoding", record.getContentEncoding());
    putIfSet(content, "Content-Language", record.getContentLanguage());
    putIfSet(content, "Content-Type", record.getContentType());
    putIfSet(content, "Expires", record.getExpires());
    Map<String, String> user = new LinkedHashMap<>();
    for (UserMetadata entry : record.getUserMetadataList()) {
      user.put(entry.getName(), entry.getValue());
    }
    return new ObjectMetadata(content, user);
  }

  private static void putIfSet(Map<String, String> content, String name, String value) {
    if (!value.isEmpty()) {
      content.put(name, value);
    }
  }

  /** The record of a condition, to be decided where the write is applied. */
  public static WriteCondition condition(io.sluice.s3.http.WriteCondition condition) {
    WriteCondition.Builder record = WriteCondition.newBuilder();
    if (condition instanceof io.sluice.s3.http.WriteCondition.IfAbsent) {
      record.setIfAbsent(true);
    } else if (condition instanceof io.sluice.s3.http.WriteCondition.IfPresent) {
      record.addIfMatch("*");
    } else if (condition instanceof io.sluice.s3.http.WriteCondition.IfMatch match) {
      record.addIfMatch(match.etag());
    }
    return record.build();
  }
}
