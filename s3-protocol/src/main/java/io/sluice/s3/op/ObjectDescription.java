package io.sluice.s3.op;

import io.sluice.s3.http.HttpDates;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the answers to GetObject and HeadObject say about an object.
 *
 * @param checksum null unless it was asked for and applies to the bytes sent
 * @param versionId null in a bucket that has never had versioning
 * @param partsCount null unless a part was asked for of an object with parts
 * @param replication null for an object that no rule is about, and that is no replica
 */
public record ObjectDescription(
    String etag,
    Instant lastModified,
    ObjectMetadata metadata,
    String storageClass,
    @Nullable ObjectChecksum checksum,
    @Nullable String versionId,
    @Nullable Integer partsCount,
    @Nullable ReplicationStatus replication) {

  /** The headers, with the overrides in place of what was stored. */
  Map<String, String> headers(ResponseOverrides overrides) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Last-Modified", HttpDates.format(lastModified));
    headers.put("ETag", Fields.quoted(etag));
    headers.put("Accept-Ranges", "bytes");
    metadata.addHeaders(headers);
    headers.putAll(overrides.headers());
    if (!storageClass.equals(StorageClasses.STANDARD)) {
      headers.put("x-amz-storage-class", storageClass);
    }
    if (checksum != null) {
      checksum.addHeaders(headers);
    }
    if (versionId != null) {
      headers.put("x-amz-version-id", versionId);
    }
    if (partsCount != null) {
      headers.put("x-amz-mp-parts-count", partsCount.toString());
    }
    if (replication != null) {
      headers.put(ReplicationStatus.HEADER, replication.name());
    }
    return headers;
  }
}
