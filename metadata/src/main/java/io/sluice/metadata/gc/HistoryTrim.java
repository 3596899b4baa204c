package io.sluice.metadata.gc;

import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.Pace;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.HistoryTrimmed;
import io.sluice.storage.proto.TrimHistory;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/**
 * Lets go of what left the history window and no pin holds, in bounded steps. The shard remembers
 * where it is: the oldest come first, and what was looked at is in the queue no more.
 */
final class HistoryTrim {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** A command's worth: a few milliseconds of the thread that applies. */
  private static final int STEP_ROWS = 200;

  private final MetadataStore metadata;
  private final GcProgress progress;
  private final Pace pace;

  HistoryTrim(MetadataStore metadata, GcProgress progress, Pace pace) {
    this.metadata = metadata;
    this.progress = progress;
    this.pace = pace;
  }

  /**
   * Until nothing is due.
   *
   * @param beforeMs what ended at this time or later stays; the shard's window may keep more
   */
  Uni<Void> run(int shard, long beforeMs) {
    Command command =
        Command.newBuilder()
            .setFormat(FormatRange.HISTORY)
            .setTrimHistory(TrimHistory.newBuilder().setBeforeMs(beforeMs).setMax(STEP_ROWS))
            .build();
    return Uni.createFrom()
        .deferred(() -> metadata.submit(shard, command, LIMIT))
        .flatMap(
            outcome -> {
              HistoryTrimmed trimmed = outcome.getTrimmed();
              progress.historyReleased.addAndGet(trimmed.getReleased());
              return pace.take(1 + trimmed.getExamined()).replaceWith(trimmed.getMore());
            })
        .repeat()
        .whilst(more -> more)
        .collect()
        .last()
        .replaceWithVoid();
  }
}
