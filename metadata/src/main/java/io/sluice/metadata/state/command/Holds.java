package io.sluice.metadata.state.command;

import io.sluice.storage.Positions;
import io.sluice.storage.proto.HistoryHold;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ShardHeader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moments that are held while something reads them. A pin keeps what its moment needs and lets
 * everything else go; a hold is for minutes, so it stops the trimming of all that ended later,
 * which costs a look at the header and no look at any row. They are in the header: each row that
 * ends asks for them.
 */
final class Holds {
  static final int MAX = 16;

  private Holds() {}

  /** Whether a version that began then may be needed. */
  static boolean needWhatBegan(LogPosition began, ShardHeader.Builder header) {
    return header.getHoldsList().stream().anyMatch(hold -> !Positions.isAfter(began, hold.getAt()));
  }

  /** The oldest moment that is held; or null. */
  static @Nullable LogPosition oldest(ShardHeader.Builder header) {
    return header.getHoldsList().stream().map(HistoryHold::getAt).min(Positions.ORDER).orElse(null);
  }

  /** Adds one, or puts it in place of that of the same id. */
  static void put(ShardHeader.Builder header, HistoryHold hold) {
    remove(header, hold.getId());
    header.addHolds(hold);
  }

  static void remove(ShardHeader.Builder header, String id) {
    List<HistoryHold> staying = new ArrayList<>(header.getHoldsList());
    staying.removeIf(hold -> hold.getId().equals(id));
    header.clearHolds().addAllHolds(staying);
  }

  /** Forgets those that were not renewed in time. */
  static void forgetExpired(ShardHeader.Builder header, long nowMs) {
    if (header.getHoldsCount() > 0) {
      List<HistoryHold> staying = new ArrayList<>(header.getHoldsList());
      staying.removeIf(hold -> hold.getExpiresMs() <= nowMs);
      header.clearHolds().addAllHolds(staying);
    }
  }
}
