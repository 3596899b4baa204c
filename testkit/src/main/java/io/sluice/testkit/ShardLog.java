package io.sluice.testkit;

import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.PartRow;
import java.util.HashMap;
import java.util.Map;

/** Gives each command of a shard its place in the log, and keeps the rows that are found by it. */
final class ShardLog {
  final Map<LogPosition, PartRow> parts = new HashMap<>();
  private long index;

  LogPosition next() {
    return LogPosition.newBuilder().setEpoch(1).setIndex(++index).build();
  }
}
