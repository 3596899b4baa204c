package io.sluice.recovery.mirror;

import com.google.protobuf.ByteString;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.ChangePage;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorFailure;
import io.sluice.storage.proto.MirrorMoment;
import io.sluice.storage.proto.MirrorProgress;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Deletes at a mirror what was deleted a while ago: it reads the change index once more, so much
 * later. Which positions are how old is written down as they are reached, in steps of a fortieth of
 * the delay. What was stored there again since has another deletion to come, if any. Blocks; one
 * thread.
 */
final class DelayedDeletes {
  private static final int STEPS = 40;

  private final MirrorSource source;
  private final MirrorSenders senders;
  private final ObjectMirror objects;
  private final MirrorJournal journal;
  private final Duration delay;

  DelayedDeletes(
      MirrorSource source,
      MirrorSenders senders,
      ObjectMirror objects,
      MirrorJournal journal,
      Duration delay) {
    this.source = source;
    this.senders = senders;
    this.objects = objects;
    this.journal = journal;
    this.delay = delay;
  }

  /** Deletes what is due, when all changes so far were looked at. */
  void run(Instant now) throws IOException {
    MirrorProgress progress = journal.snapshot();
    note(progress);
    Instant due = now.minus(delay);
    MirrorMoment last = null;
    for (MirrorMoment moment : progress.getMomentsList()) {
      if (moment.getAtMs() <= due.toEpochMilli()) {
        last = moment;
      }
    }
    if (last != null) {
      if (delete(progress.getDeletedTo(), last.getPosition(), due)) {
        done(last.getPosition());
      }
    }
  }

  private void note(MirrorProgress progress) {
    int count = progress.getMomentsCount();
    MirrorMoment newest =
        count == 0 ? MirrorMoment.getDefaultInstance() : progress.getMoments(count - 1);
    long since = progress.getReadToMs() - newest.getAtMs();
    boolean isFurther = !newest.getPosition().equals(progress.getReadTo());
    if (isFurther && since >= delay.toMillis() / STEPS && count <= STEPS + 1) {
      journal.change(
          now ->
              now.addMoments(
                  MirrorMoment.newBuilder()
                      .setPosition(progress.getReadTo())
                      .setAtMs(progress.getReadToMs())));
    }
  }

  /** Whether all that is due is deleted; what could not be keeps the moment where it is. */
  private boolean delete(LogPosition from, LogPosition to, Instant due) throws IOException {
    List<ByteString> failing = journal.failing().stream().map(MirrorFailure::getKey).toList();
    boolean whole = true;
    ByteString next = ByteString.EMPTY;
    boolean more = true;
    while (more) {
      ChangePage page = source.changes(from, to, next, MirrorSenders.BATCH_MAX);
      List<ByteString> keys = source.keys(page);
      // What could not be stored there is mirrored again first.
      List<ByteString> free = keys.stream().filter(key -> !failing.contains(key)).toList();
      boolean done =
          senders.run(
              free.stream()
                  .map(
                      key ->
                          new MirrorSenders.Task(
                              key, each -> objects.deleteStoredBefore(each, due)))
                  .toList());
      whole &= done && free.size() == keys.size();
      next = page.getNext();
      more = page.getTruncated() && !journal.isHeld();
    }
    return whole && !more && !journal.isHeld();
  }

  private void done(LogPosition to) {
    journal.change(
        progress -> {
          while (progress.getMomentsCount() > 0
              && !Positions.isAfter(progress.getMoments(0).getPosition(), to)) {
            progress.removeMoments(0);
          }
          progress.setDeletedTo(to);
        });
  }
}
