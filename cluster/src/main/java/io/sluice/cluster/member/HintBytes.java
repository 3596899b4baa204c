package io.sluice.cluster.member;

import com.google.protobuf.InvalidProtocolBufferException;
import io.sluice.storage.proto.DiskHint;
import io.sluice.storage.proto.NodeHint;
import io.vertx.core.buffer.Buffer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Hints as bytes from a bus that anyone may write to: what no node of ours says is not a hint. */
final class HintBytes {
  /** A node with 128 disks needs about 10,000. */
  static final int SIZE_MAX = 16 * 1024;

  static final int DISKS_MAX = 128;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final int TEXT_MAX = 255;

  private HintBytes() {}

  static Buffer write(NodeHint hint) {
    return Buffer.buffer(hint.toByteArray());
  }

  /** The hint; null when this is none. */
  static @Nullable NodeHint read(@Nullable Object body) {
    if (!(body instanceof Buffer bytes) || bytes.length() > SIZE_MAX) {
      return null;
    }
    try {
      NodeHint hint = NodeHint.parseFrom(bytes.getBytes());
      return isSound(hint) ? hint : null;
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  private static boolean isSound(NodeHint hint) {
    return NAME.matcher(hint.getName()).matches()
        && isText(hint.getIncarnation())
        && !hint.getIncarnation().isEmpty()
        && HostPort.isValid(hint.getInternalAddress())
        && (hint.getRaftAddress().isEmpty() || HostPort.isValid(hint.getRaftAddress()))
        && isText(hint.getZone())
        && isText(hint.getClusterId())
        && isText(hint.getS3Endpoint())
        && hint.getSequence() > 0
        && hint.getClusterRevision() >= 0
        && hint.getDisksCount() <= DISKS_MAX
        && hint.getDisksList().stream().allMatch(HintBytes::isSound);
  }

  private static boolean isSound(DiskHint disk) {
    return isText(disk.getId())
        && !disk.getId().isEmpty()
        && disk.getRequestsInFlight() >= 0
        && disk.getBytesInFlight() >= 0
        && disk.getCapacityBytes() >= 0
        && disk.getFreeBytes() >= 0
        && disk.getFreeBytes() <= disk.getCapacityBytes();
  }

  private static boolean isText(String text) {
    return text.length() <= TEXT_MAX && text.chars().noneMatch(Character::isISOControl);
  }
}
