package io.sluice.recovery.standby;

import io.sluice.recovery.backup.SetId;
import io.sluice.storage.proto.ShardPosition;
import java.util.List;
import java.util.UUID;

/**
 * Up to where a standby has followed a cluster.
 *
 * @param cluster whose backups it follows
 * @param set the last one that it has applied whole
 * @param positions of that set in the cluster's logs, so that what was written since can be told
 *     when the set is gone; empty: not said
 */
public record AppliedSet(UUID cluster, SetId set, List<ShardPosition> positions) {
  public AppliedSet {
    positions = List.copyOf(positions);
  }

  /** Without its positions. */
  public AppliedSet(UUID cluster, SetId set) {
    this(cluster, set, List.of());
  }
}
