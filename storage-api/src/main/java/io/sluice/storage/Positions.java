package io.sluice.storage;

import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ShardPosition;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The order of positions: by epoch, then by index, both unsigned. Any thread. */
public final class Positions {
  public static final Comparator<LogPosition> ORDER =
      Comparator.<LogPosition, Integer>comparing(LogPosition::getEpoch, Integer::compareUnsigned)
          .thenComparing(LogPosition::getIndex, Long::compareUnsigned);

  private Positions() {}

  public static boolean isAfter(LogPosition one, LogPosition other) {
    return ORDER.compare(one, other) > 0;
  }

  /**
   * Where each shard is.
   *
   * @throws IllegalStateException when one is named twice
   */
  public static Map<Integer, LogPosition> byShard(List<ShardPosition> positions) {
    return positions.stream()
        .collect(Collectors.toMap(ShardPosition::getShard, ShardPosition::getPosition));
  }

  /** Whether a state holds all that a moment holds: in none of its shards it is of before it. */
  public static boolean holds(List<ShardPosition> state, List<ShardPosition> moment) {
    return moment.stream().allMatch(each -> holds(state, each));
  }

  private static boolean holds(List<ShardPosition> state, ShardPosition moment) {
    return state.stream()
        .anyMatch(
            here ->
                here.getShard() == moment.getShard()
                    && !isAfter(moment.getPosition(), here.getPosition()));
  }
}
