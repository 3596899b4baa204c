package io.sluice.metadata.state.row;

import io.sluice.storage.proto.LogPosition;
import java.util.Comparator;

/** The order of positions: by epoch, then by index. */
public final class Positions {
  public static final Comparator<LogPosition> ORDER =
      Comparator.<LogPosition, Integer>comparing(LogPosition::getEpoch, Integer::compareUnsigned)
          .thenComparing(LogPosition::getIndex, Long::compareUnsigned);

  private Positions() {}

  public static boolean isAfter(LogPosition position, LogPosition other) {
    return ORDER.compare(position, other) > 0;
  }
}
