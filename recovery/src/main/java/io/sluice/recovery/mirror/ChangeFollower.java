package io.sluice.recovery.mirror;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.ChangePage;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.ShardStatus;
import java.io.IOException;
import java.time.Clock;
import java.util.List;

/**
 * Mirrors what changed, page by page of the change index. A page is passed when each of its objects
 * was mirrored, or is written down as failing. Blocks; one thread.
 */
final class ChangeFollower {
  /** Pages that are looked at only to say how many changes wait. */
  private static final int COUNTED_PAGES_MAX = 20;

  private static final int COUNTED_THINGS_MAX = 1_000;

  private final MirrorSource source;
  private final MirrorSenders senders;
  private final ObjectMirror objects;
  private final MirrorJournal journal;
  private final Clock clock;

  ChangeFollower(
      MirrorSource source,
      MirrorSenders senders,
      ObjectMirror objects,
      MirrorJournal journal,
      Clock clock) {
    this.source = source;
    this.senders = senders;
    this.objects = objects;
    this.journal = journal;
    this.clock = clock;
  }

  /**
   * Mirrors the next page.
   *
   * @return whether there is more to do at once
   */
  boolean follow() throws IOException {
    MirrorProgress before = journal.snapshot();
    LogPosition to = before.getReadingTo();
    long toMs = before.getReadingToMs();
    if (!before.hasReadingTo()) {
      toMs = clock.millis();
      ShardStatus status = source.status();
      to = status.getApplied();
      boolean isSame = to.getEpoch() == before.getReadTo().getEpoch();
      if (isSame && status.getNewestChange() <= before.getReadTo().getIndex()) {
        journal.readTo(to, toMs);
        return false;
      }
    }
    LogPosition end = to;
    long endMs = toMs;
    ChangePage page =
        source.changes(before.getReadTo(), end, before.getReadingAfter(), MirrorSenders.BATCH_MAX);
    List<ByteString> keys = source.keys(page);
    long pending = keys.size() + (page.getTruncated() ? waiting(before.getReadTo(), end, page) : 0);
    journal.change(progress -> progress.setPending(pending));
    senders.run(
        keys.stream()
            .map(
                key ->
                    new MirrorSenders.Task(
                        key, each -> objects.mirror(each, ObjectMirror.There.UNKNOWN)))
            .toList());
    if (!page.getTruncated()) {
      journal.readTo(end, endMs);
      return !keys.isEmpty();
    }
    journal.change(
        progress ->
            progress
                .setReadingTo(end)
                .setReadingToMs(endMs)
                .setReadingAfter(page.getNext())
                .setPending(Math.max(0, pending - keys.size())));
    return true;
  }

  /** How many changes come after a page, at least. */
  private long waiting(LogPosition from, LogPosition to, ChangePage after) throws IOException {
    long sum = 0;
    ChangePage page = after;
    for (int i = 0; i < COUNTED_PAGES_MAX && page.getTruncated(); i++) {
      page = source.changes(from, to, page.getNext(), COUNTED_THINGS_MAX);
      sum += source.keys(page).size();
    }
    return sum;
  }
}
