package io.sluice.recovery.mirror;

import io.sluice.s3.http.ReplicaMark;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.UserMetadata;
import java.util.UUID;

/**
 * What a mirrored object says of where it came from, in one item of its user metadata: the cluster,
 * the version, and a digest of the key that it was stored under. By it a comparison knows the
 * version that is there, and another Sluice knows a replica, which it doesn't send on: so two
 * buckets that mirror each other don't send the same object for ever. A copy under another key is
 * no replica: the digest is of the first one's.
 */
final class Origin {
  static final String NAME = ReplicaMark.NAME;

  private final UUID cluster;

  Origin(UUID cluster) {
    this.cluster = cluster;
  }

  /**
   * What is said of a version.
   *
   * @param wholeKey under which it is stored there
   */
  String of(ObjectVersion object, String wholeKey) {
    LogPosition version = object.getVersion();
    return "%s/%d.%d%s"
        .formatted(cluster, version.getEpoch(), version.getIndex(), ReplicaMark.ending(wholeKey));
  }

  /** Whether an object there, with what it says, came from this cluster. */
  boolean isOwn(String said, String wholeKey) {
    return said.startsWith(cluster + "/") && ReplicaMark.isOf(said, wholeKey);
  }

  /** Whether a mirror stored this object here. */
  static boolean isReplica(ObjectVersion object, String key) {
    for (UserMetadata each : object.getHeaders().getUserMetadataList()) {
      if (each.getName().equals(NAME)) {
        return ReplicaMark.isOf(each.getValue(), key);
      }
    }
    return false;
  }
}
