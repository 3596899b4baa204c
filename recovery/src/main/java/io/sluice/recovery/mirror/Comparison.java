package io.sluice.recovery.mirror;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.ListedObject;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.ObjectPage;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Compares all of a bucket with what is at its mirror, by listing both side by side: what a mirror
 * begins with, and what it does when the changes that it needed are gone. What is written meanwhile
 * is among the changes since it began. A run that takes over goes on where it was. Blocks; one
 * thread, once.
 */
final class Comparison {
  private static final Comparator<ByteString> ORDER =
      ByteString.unsignedLexicographicalComparator();

  private final MirrorSource source;
  private final MirrorPlace place;
  private final String prefix;
  private final MirrorSenders senders;
  private final ObjectMirror objects;
  private final MirrorJournal journal;
  private final Clock clock;
  private final List<MirrorSenders.Task> batch = new ArrayList<>();

  /** Says how far a mirror is, and returns when that is written down. */
  @FunctionalInterface
  interface Recording {
    void record(boolean beginsComparison) throws IOException;
  }

  Comparison(
      MirrorSource source,
      MirrorPlace place,
      String prefix,
      MirrorSenders senders,
      ObjectMirror objects,
      MirrorJournal journal,
      Clock clock) {
    this.source = source;
    this.place = place;
    this.prefix = prefix;
    this.senders = senders;
    this.objects = objects;
    this.journal = journal;
    this.clock = clock;
  }

  /**
   * Compares, until it is done or there is no use in going on.
   *
   * @param goesOn asked now and then
   */
  void run(Recording recording, BooleanSupplier goesOn) throws IOException {
    MirrorProgress before = journal.snapshot();
    if (before.getLost() || !before.hasComparedSince()) {
      begin(recording);
      before = journal.snapshot();
    }
    // Refused when changes since then are not kept: then it is lost at once, not at its end.
    source.changes(before.getComparedSince(), before.getComparedSince(), ByteString.EMPTY, 1);
    if (walk(before.getComparedTo(), goesOn)) {
      LogPosition since = before.getComparedSince();
      long sinceMs = before.getComparedSinceMs();
      journal.change(
          progress ->
              progress
                  .clearComparedSince()
                  .clearComparedSinceMs()
                  .clearComparedTo()
                  .clearMoments()
                  .setDeletedTo(since));
      journal.readTo(since, sinceMs);
    }
  }

  /** Where it begins is written down first, so that changes from there on are kept. */
  private void begin(Recording recording) throws IOException {
    long nowMs = clock.millis();
    LogPosition now = source.status().getApplied();
    journal.change(
        progress ->
            progress
                .setLost(false)
                .clearReadTo()
                .clearReadToMs()
                .clearReadingTo()
                .clearReadingToMs()
                .clearReadingAfter()
                .clearComparedTo()
                .clearFailing()
                .clearPending()
                .setLeft(0)
                .setReplicas(0)
                .setComparedSince(now)
                .setComparedSinceMs(nowMs)
                .setComparisons(progress.getComparisons() + 1));
    try {
      recording.record(true);
    } catch (IOException | RuntimeException e) {
      // The row may say still how far it was, and what begins nowhere else is not taken: so it
      // begins once more.
      journal.change(progress -> progress.setLost(true));
      throw e;
    }
  }

  private boolean walk(ByteString after, BooleanSupplier goesOn) throws IOException {
    Here here = new Here(after);
    MirrorPlace.Keys there = place.keys(prefix, after.toStringUtf8());
    ByteString mine = here.next();
    String found = there.next();
    while (mine != null || found != null) {
      ByteString other = found == null ? null : ByteString.copyFromUtf8(found);
      int order = mine == null ? 1 : other == null ? -1 : ORDER.compare(mine, other);
      ByteString key = order <= 0 && mine != null ? mine : other;
      ObjectMirror.There known =
          order < 0
              ? ObjectMirror.There.UNKNOWN
              : order == 0 ? ObjectMirror.There.PERHAPS_THE_SAME : ObjectMirror.There.EXTRA;
      if (key != null && !add(key, known, goesOn)) {
        return false;
      }
      mine = order <= 0 ? here.next() : mine;
      found = order >= 0 ? there.next() : found;
    }
    return flush(goesOn);
  }

  private boolean add(ByteString key, ObjectMirror.There known, BooleanSupplier goesOn)
      throws IOException {
    batch.add(new MirrorSenders.Task(key, each -> objects.mirror(each, known)));
    return batch.size() < MirrorSenders.BATCH_MAX || flush(goesOn);
  }

  private boolean flush(BooleanSupplier goesOn) throws IOException {
    if (journal.isHeld() || journal.isLost() || !goesOn.getAsBoolean()) {
      return false;
    }
    senders.run(batch);
    if (!batch.isEmpty()) {
      ByteString last = batch.get(batch.size() - 1).key();
      journal.change(progress -> progress.setComparedTo(last));
      batch.clear();
    }
    return true;
  }

  /** The keys of the bucket, in order. */
  private final class Here {
    private final Deque<ByteString> page = new ArrayDeque<>();
    private ByteString last;
    private boolean ended;

    Here(ByteString after) {
      this.last = after;
    }

    @Nullable ByteString next() throws IOException {
      while (page.isEmpty() && !ended) {
        ObjectPage listed = source.list(last);
        for (ListedObject object : listed.getObjectsList()) {
          page.add(object.getKey());
          last = object.getKey();
        }
        ended = !listed.getTruncated();
      }
      return page.poll();
    }
  }
}
