package io.sluice.gateway.object;

import io.sluice.gateway.call.BucketView;
import io.sluice.gateway.pipe.Content;
import io.sluice.gateway.pipe.PartListContent;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.gateway.record.ObjectRecords;
import io.sluice.s3.op.ObjectChecksum;
import io.sluice.s3.op.ObjectDescription;
import io.sluice.s3.op.ReplicationStatus;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Part;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An object as its shard gave it.
 *
 * @param bucket that it was found in
 * @param answer with the manifest or inline bytes if they were asked for
 * @param replication null where no rule is about it, or where nobody asked
 */
record FoundObject(
    BucketView bucket, ObjectAnswer answer, @Nullable ReplicationStatus replication) {
  FoundObject with(@Nullable ReplicationStatus status) {
    return new FoundObject(bucket, answer, status);
  }

  ObjectVersion version() {
    return answer.getObject();
  }

  String etag() {
    return version().getEtag();
  }

  Instant lastModified() {
    return Instant.ofEpochMilli(version().getLastModifiedMs());
  }

  /** The version id that answers show; null in a bucket that has never had versioning. */
  static @Nullable String versionId(ObjectVersion version) {
    return version.getNullVersion()
        ? null
        : String.format(
            "%08x%016x", version.getVersion().getEpoch(), version.getVersion().getIndex());
  }

  @Nullable ObjectChecksum checksum() {
    return ChecksumRecords.shown(version().getChecksumsList());
  }

  ObjectDescription describe(@Nullable ObjectChecksum checksum, @Nullable Integer partsCount) {
    return new ObjectDescription(
        etag(),
        lastModified(),
        ObjectRecords.metadata(version().getHeaders()),
        version().getStorageClass(),
        checksum,
        versionId(version()),
        partsCount,
        replication);
  }

  /** Bytes of it; to be called when the content was asked for. */
  Content content(MetadataStore metadata, Duration deadline, long from, long length) {
    if (version().getInline()) {
      Part part = Part.newBuilder().setInline(true).setSize(version().getSize()).build();
      return Content.ofPart(part, answer.getInlineData(), from, length);
    }
    if (answer.getManifest().hasParts()) {
      return new PartListContent(
          metadata, bucket.shard(), deadline, answer.getManifest().getParts(), from, length);
    }
    return Content.ofPart(answer.getManifest().getWhole(), answer.getInlineData(), from, length);
  }
}
