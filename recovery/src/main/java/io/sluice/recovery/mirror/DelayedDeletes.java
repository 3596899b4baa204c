package io.sluice.recovery.mirror;

import com.google.protobuf.ByteString;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.ChangePage;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorFailure;
import io.sluice.storage.proto.MirrorMoment;
import io.sluice.storage.proto.MirrorProgress;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Deletes at a mirror what was deleted a while ago: it reads the change index once more, so much
 * later. Which positions are how old is written down as they are reached, in steps of a fortieth of
 * the delay, and when nothing is under way: so what is stored there by then is what was here up to
 * that position. What was stored there again since has another deletion to come, if any. Blocks;
 * one thread.
 */
final class DelayedDeletes {
  private static final int STEPS = 40;

  private final MirrorSource source;
  private final MirrorSenders senders;
  private final ObjectMirror objects;
  private final MirrorJournal journal;
  private final Duration delay;
  private final Clock clock;

  DelayedDeletes(
      MirrorSource source,
      MirrorSenders senders,
      ObjectMirror objects,
      MirrorJournal journal,
      Duration delay,
      Clock clock) {
    this.source = source;
    this.senders = senders;
    this.objects = objects;
    this.journal = journal;
    this.delay = delay;
    this.clock = clock;
  }

  /** Deletes what is due, when all changes so far were looked at. */
  void run() throws IOException {
    MirrorProgress progress = journal.snapshot();
    // Behind the look: what has ended by then was stored there before.
    Instant now = clock.instant();
    note(progress, now.toEpochMilli());
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

  /**
   * Notes the position that was read to, with the time of now. While objects are under way it is
   * not noted: one that was deleted here meanwhile is stored there yet, and would be taken for one
   * that was stored again after its deletion.
   */
  private void note(MirrorProgress progress, long nowMs) {
    if (progress.getFailingList().stream().anyMatch(MirrorFailure::getUnderWay)) {
      return;
    }
    int count = progress.getMomentsCount();
    MirrorMoment newest =
        count == 0 ? MirrorMoment.getDefaultInstance() : progress.getMoments(count - 1);
    long since = nowMs - newest.getAtMs();
    boolean isFurther = !newest.getPosition().equals(progress.getReadTo());
    if (isFurther && since >= delay.toMillis() / STEPS && count <= STEPS + 1) {
      journal.change(
          now ->
              now.addMoments(
                  MirrorMoment.newBuilder().setPosition(progress.getReadTo()).setAtMs(nowMs)));
    }
  }

  /** Whether all that is due is deleted; what could not be keeps the moment where it is. */
  private boolean delete(LogPosition from, LogPosition to, Instant due) throws IOException {
    List<ByteString> failing = journal.failing().stream().map(MirrorFailure::getKey).toList();
    boolean whole = true;
    ByteString next = ByteString.EMPTY;
    boolean more = true;
    while (more) {
      // What was only stored so long ago, and deleted since, is not due yet.
      ChangePage page = source.deletions(from, to, next, MirrorSenders.BATCH_MAX);
      List<ByteString> keys = source.keys(page);
      // What could not be stored there is mirrored again first.
      List<ByteString> free = keys.stream().filter(key -> !failing.contains(key)).toList();
      boolean done =
          senders.run(
              free.stream()
                  .map(
                      key ->
                          new MirrorSenders.Task(
                              key, each -> objects.deleteStoredBefore(each, due, to)))
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
