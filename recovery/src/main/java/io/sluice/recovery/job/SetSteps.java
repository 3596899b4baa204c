package io.sluice.recovery.job;

import io.sluice.recovery.backup.BackupSet;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ShardPosition;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which set leads on from a position. */
final class SetSteps {
  private SetSteps() {}

  /**
   * The first set that holds the same state as there is, or all that changed since and perhaps
   * more.
   *
   * @param newer by time
   * @return null when there is none: there is a gap
   */
  static @Nullable BackupSet next(List<BackupSet> newer, List<ShardPosition> position) {
    for (BackupSet set : newer) {
      if (holds(set, position) || (set.kind().hasParent() && reaches(set, position))) {
        return set;
      }
    }
    return null;
  }

  /** Whether the state at a position is that of the set. */
  static boolean holds(BackupSet set, List<ShardPosition> position) {
    return Positions.byShard(set.after()).equals(Positions.byShard(position));
  }

  /** Whether nothing changed between the position and what the set builds on. */
  private static boolean reaches(BackupSet set, List<ShardPosition> position) {
    Map<Integer, LogPosition> at = Positions.byShard(position);
    if (set.before().isEmpty() || set.after().size() != at.size()) {
      return false;
    }
    for (ShardPosition before : set.before()) {
      LogPosition here = at.get(before.getShard());
      if (here == null
          || here.getEpoch() != before.getPosition().getEpoch()
          || Positions.isAfter(before.getPosition(), here)) {
        return false;
      }
    }
    return isAhead(set, at);
  }

  /** A set that is behind somewhere would take back what was applied. */
  private static boolean isAhead(BackupSet set, Map<Integer, LogPosition> at) {
    for (ShardPosition after : set.after()) {
      LogPosition here = at.get(after.getShard());
      if (here == null
          || here.getEpoch() != after.getPosition().getEpoch()
          || Positions.isAfter(here, after.getPosition())) {
        return false;
      }
    }
    return true;
  }

  /** Whether a set is of an earlier moment than the position, in any shard. */
  static boolean isBehind(BackupSet set, List<ShardPosition> position) {
    Map<Integer, LogPosition> at = Positions.byShard(position);
    return set.after().stream()
        .anyMatch(
            after -> {
              LogPosition here = at.get(after.getShard());
              return here != null && Positions.isAfter(here, after.getPosition());
            });
  }
}
