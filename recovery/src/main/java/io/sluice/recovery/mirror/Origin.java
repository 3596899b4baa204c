package io.sluice.recovery.mirror;

import io.sluice.recovery.backup.target.s3.RemoteObject;
import io.sluice.s3.http.ReplicaMark;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.UserMetadata;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a mirrored object says of where it came from, in one item of its user metadata: the cluster,
 * the bucket, the version, and digests of its bytes and of the key that it was stored under. By it
 * a comparison knows the version that is there, and another Sluice knows a replica, which it
 * doesn't send on: so two buckets that mirror each other don't send the same object for ever. A
 * copy under another key is no replica: the digest is of the first one's.
 */
final class Origin {
  static final String NAME = ReplicaMark.NAME;

  private static final Pattern VERSION = Pattern.compile("([0-9]+)\\.([0-9]+)/");

  private final String own;

  /**
   * @param bucket its id: what came from another one is that one's to delete
   */
  Origin(UUID cluster, long bucket) {
    this.own = cluster + "/" + Long.toUnsignedString(bucket) + "/";
  }

  /**
   * What is said of a version.
   *
   * @param wholeKey under which it is stored there
   */
  String of(ObjectVersion object, String wholeKey) {
    LogPosition version = object.getVersion();
    String ending = ReplicaMark.ending(wholeKey, object.getSize(), object.getEtag());
    return own + version.getEpoch() + "." + version.getIndex() + ending;
  }

  /** Whether an object there, with what it says, came from this bucket. */
  boolean isOwn(RemoteObject found, String wholeKey) {
    return found.note().startsWith(own)
        && ReplicaMark.isOf(found.note(), wholeKey, found.size(), found.md5());
  }

  /** Whether an object there says that it is a version of this bucket, up to a position. */
  boolean isOfVersionUpTo(RemoteObject found, LogPosition position) {
    if (!found.note().startsWith(own)) {
      return false;
    }
    Matcher version = VERSION.matcher(found.note()).region(own.length(), found.note().length());
    if (!version.lookingAt()) {
      return false;
    }
    try {
      LogPosition said =
          LogPosition.newBuilder()
              .setEpoch(Integer.parseInt(version.group(1)))
              .setIndex(Long.parseLong(version.group(2)))
              .build();
      return !Positions.isAfter(said, position);
    } catch (NumberFormatException e) {
      return false; // a client may write anything there
    }
  }

  /** Whether a mirror stored this object here. */
  static boolean isReplica(ObjectVersion object, String key) {
    for (UserMetadata each : object.getHeaders().getUserMetadataList()) {
      if (each.getName().equals(NAME)) {
        return ReplicaMark.isOf(each.getValue(), key, object.getSize(), object.getEtag());
      }
    }
    return false;
  }
}
