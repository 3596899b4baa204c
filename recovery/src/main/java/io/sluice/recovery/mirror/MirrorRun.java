package io.sluice.recovery.mirror;

import com.google.protobuf.ByteString;
import io.sluice.storage.Pace;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.codec.FrameDecoder;
import io.sluice.storage.proto.MirrorFailure;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.RecordMirror;
import io.sluice.storage.proto.RefusalCode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mirrors one bucket, until it is stopped or another has taken over: compares all of it first, then
 * follows the changes. It says how far it is every few seconds, which renews its lease; when that
 * did not succeed for as long as the lease lasts, it changes nothing there any more.
 *
 * <p>A thread of its own waits for what blocks, another one says how far it is. For one use.
 */
final class MirrorRun {
  private static final Logger log = LoggerFactory.getLogger(MirrorRun.class);

  static final Duration LEASE = Duration.ofSeconds(30);
  private static final Duration RECORD_EVERY = Duration.ofSeconds(1);
  private static final Duration RENEW_EVERY = Duration.ofSeconds(3);

  /** How often it looks for changes; the pause after a failure is longer. */
  private static final Duration POLL = Duration.ofSeconds(1);

  private static final Duration PAUSE_MAX = Duration.ofMinutes(1);
  private static final Duration OBJECT_PAUSE_MAX = Duration.ofMinutes(5);
  private static final int DOUBLINGS_MAX = 20;
  private static final Duration SENDERS_END_LIMIT = Duration.ofSeconds(3);

  private final MirrorGround on;
  private final MirrorRecords records;
  private final MirrorRecord mirror;
  private final MirrorJournal journal;
  private final MirrorProgress first;
  private final MirrorSource source;
  private final MirrorSenders senders;
  private final FrameDecoder decoder;
  private final Runnable ended;
  private final CountDownLatch ending = new CountDownLatch(1);
  private final CountDownLatch done = new CountDownLatch(1);
  private final ScheduledThreadPoolExecutor recorder;

  /** It may hang from the first look on. */
  private final Pending opening = new Pending(System::nanoTime);

  /** Of the run's thread, as are the next two. */
  private final Map<ByteString, Retry> retries = new HashMap<>();

  private @Nullable Pace pace;
  private boolean isBegun;
  private volatile @Nullable MirrorPlace place;
  private volatile boolean isOver;
  private volatile long renewedNanos = System.nanoTime();

  /** Of the recorder's thread, as is the next. */
  private long recordedChanges;

  private boolean isHanging;

  /** When an object that failed is tried again. */
  private record Retry(long atNanos, int attempts) {}

  /**
   * @param taken the mirror's record, with this run's id
   * @param ended told when it does nothing any more
   */
  MirrorRun(
      MirrorGround on,
      MirrorRecords records,
      MirrorRecord taken,
      FrameDecoder decoder,
      Runnable ended) {
    this.on = on;
    this.records = records;
    this.mirror = taken;
    this.decoder = decoder;
    this.ended = ended;
    this.first = taken.getProgress();
    this.journal = new MirrorJournal(first);
    this.source = new MirrorSource(on.metadata(), taken);
    this.senders = new MirrorSenders(taken.getName(), journal, on.clock());
    this.recorder = new ScheduledThreadPoolExecutor(1, task -> thread(task, "record"));
  }

  private Thread thread(Runnable task, String what) {
    Thread thread = new Thread(task, "sluice-mirror-" + mirror.getName() + "-" + what);
    thread.setDaemon(true);
    return thread;
  }

  void start() {
    thread(this::run, "run").start();
  }

  /** Ends it soon, and gives the lease back. */
  void stop() {
    ending.countDown();
    senders.close();
  }

  /** Waits until it does nothing any more; whether it came to that. */
  boolean awaitEnd(Duration limit) throws InterruptedException {
    return done.await(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  MirrorRecord mirror() {
    return mirror;
  }

  /** How far it is now. */
  MirrorProgress progress() {
    return journal.snapshot();
  }

  /** How far the one before it was. */
  MirrorProgress first() {
    return first;
  }

  private boolean goesOn() {
    return ending.getCount() > 0 && !isOver;
  }

  private void run() {
    long every = RECORD_EVERY.toMillis();
    ScheduledFuture<?> unused =
        recorder.scheduleWithFixedDelay(this::recordIfDue, every, every, TimeUnit.MILLISECONDS);
    try {
      int failures = 0;
      while (goesOn()) {
        boolean more = false;
        try {
          more = step();
          failures = 0;
        } catch (InterruptedIOException e) {
          return;
        } catch (IOException | RuntimeException e) {
          failures++;
          failed(e, failures == 1);
        }
        if (!more && ending.await(pause(failures, PAUSE_MAX), TimeUnit.NANOSECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end();
    }
  }

  private static long pause(int failures, Duration most) {
    if (failures == 0) {
      return POLL.toNanos();
    }
    long full = POLL.toNanos() << Math.min(failures, DOUBLINGS_MAX);
    double jitter = ThreadLocalRandom.current().nextDouble();
    return (long) (Math.min(full, most.toNanos()) * (1 + jitter) / 2);
  }

  private void failed(Exception e, boolean isNew) {
    if (!goesOn()) {
      return;
    }
    if (e instanceof StorageFailure.Refused refused
        && (refused.code() == RefusalCode.OUTSIDE_HISTORY
            || refused.code() == RefusalCode.INVALID_ARGUMENT)) {
      log.warn("Mirror {} is lost and will compare anew: {}", mirror.getName(), e.getMessage());
      journal.change(progress -> progress.setLost(true));
    }
    journal.failed(String.valueOf(e.getMessage()), on.clock().millis());
    if (isNew) {
      log.warn("Mirror {} waits: {}", mirror.getName(), String.valueOf(e.getMessage()));
    } else {
      log.debug("Mirror {} waits", mirror.getName(), e);
    }
  }

  /** Does what comes next; whether there is more to do at once. */
  private boolean step() throws IOException {
    MirrorPlace there = place;
    if (there == null) {
      there = opening.ask(() -> on.places().open(mirror));
      place = there;
      isBegun = false;
    }
    if (!isBegun) {
      there.guard(this::requireRight);
      there.begin(first.getComparisons() == 0);
      isBegun = true;
    }
    ObjectMirror objects = objects(there);
    retry(objects);
    if (journal.isHeld()) {
      return false;
    }
    MirrorProgress now = journal.snapshot();
    if (now.getLost() || !now.hasReadTo()) {
      new Comparison(source, there, mirror.getPrefix(), senders, objects, journal, on.clock())
          .run(this::record, this::goesOn);
      return !journal.isHeld();
    }
    boolean more = new ChangeFollower(source, senders, objects, journal, on.clock()).follow();
    if (!more && mirror.getDeleteDelayMs() > 0) {
      Duration delay = Duration.ofMillis(mirror.getDeleteDelayMs());
      new DelayedDeletes(source, senders, objects, journal, delay, on.clock()).run();
    }
    return more;
  }

  private ObjectMirror objects(MirrorPlace there) {
    if (pace == null && mirror.getBytesPerSecondMax() > 0) {
      pace = new Pace(mirror.getBytesPerSecondMax(), System::nanoTime, on.timers());
    }
    return new ObjectMirror(
        source,
        there,
        on.chunks(),
        decoder,
        new Origin(on.clusterId(), mirror.getBucketId()),
        pace,
        journal,
        mirror.getDeleteDelayMs() > 0,
        this::requireRight);
  }

  private void requireRight() throws IOException {
    if (!goesOn()) {
      throw new InterruptedIOException("the run has ended");
    }
    if (System.nanoTime() - renewedNanos > LEASE.toNanos()) {
      throw new IOException("shard 0 did not answer for so long that another may mirror it now");
    }
    if (mirror.getReplication() && !on.acknowledges().getAsBoolean()) {
      throw new IOException("another cluster may be the primary: nothing is sent from here");
    }
  }

  private void retry(ObjectMirror objects) throws IOException {
    List<ByteString> failing =
        journal.failing().stream()
            .filter(each -> !each.getUnderWay())
            .map(MirrorFailure::getKey)
            .toList();
    retries.keySet().retainAll(failing);
    long now = System.nanoTime();
    List<MirrorSenders.Task> due = new ArrayList<>();
    for (ByteString key : failing) {
      Retry retry = retries.computeIfAbsent(key, none -> new Retry(now, 0));
      if (now - retry.atNanos() >= 0) {
        int attempts = retry.attempts() + 1;
        retries.put(key, new Retry(now + pause(attempts, OBJECT_PAUSE_MAX), attempts));
        // It may have failed in a comparison, or for so long that a client stored it there.
        due.add(
            new MirrorSenders.Task(
                key, each -> objects.mirror(each, ObjectMirror.There.PERHAPS_THE_SAME)));
      }
    }
    if (!due.isEmpty()) {
      boolean unused = senders.run(due);
    }
  }

  /** Says how far it is, and returns when that is written down. */
  private void record(boolean beginsComparison) throws IOException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    recorder.execute(
        () -> {
          try {
            recordNow(beginsComparison, false);
            done.complete(null);
          } catch (IOException | RuntimeException e) {
            done.completeExceptionally(e);
          }
        });
    Waiting.get(done, MirrorRecords.LIMIT.multipliedBy(5));
  }

  /** Nobody else can: what hangs never fails. */
  private void tellIfItHangs() {
    MirrorPlace there = place;
    Duration silence = there == null ? opening.longest() : there.silence();
    boolean hangs = silence.compareTo(on.silenceMax()) > 0;
    if (hangs && !isHanging && goesOn()) {
      String message =
          "%s has not answered for %d s".formatted(mirror.getUrl(), silence.toSeconds());
      log.warn("Mirror {} waits: {}", mirror.getName(), message);
      journal.failed(message, on.clock().millis());
    }
    isHanging = hangs;
  }

  private void recordIfDue() {
    tellIfItHangs();
    boolean isChanged = journal.changes() != recordedChanges;
    // One that was told to end may hang: then its lease lapses, and another node goes on.
    if (!goesOn() || (!isChanged && System.nanoTime() - renewedNanos < RENEW_EVERY.toNanos())) {
      return;
    }
    try {
      recordNow(false, false);
    } catch (IOException | RuntimeException e) {
      if (!isOver) {
        log.warn("It was not recorded how far mirror {} is: {}", mirror.getName(), e.toString());
      }
    }
  }

  private void recordNow(boolean beginsComparison, boolean givesBack) throws IOException {
    long before = System.nanoTime();
    long changes = journal.changes();
    RecordMirror record =
        RecordMirror.newBuilder()
            .setName(mirror.getName())
            .setRunId(mirror.getRunId())
            .setLeaseMs(LEASE.toMillis())
            .setGivesBack(givesBack)
            .setProgress(journal.snapshot())
            .setBeginsComparison(beginsComparison)
            .build();
    try {
      MirrorRecord now = Waiting.get(records.record(record), MirrorRecords.LIMIT.multipliedBy(2));
      renewedNanos = before;
      recordedChanges = changes;
      if (now.getProgress().getLost() && !record.getProgress().getLost()) {
        journal.change(progress -> progress.setLost(true));
      }
    } catch (StorageFailure.Refused e) {
      if (MirrorRecords.isOver(e)) {
        log.info("Mirror {}: {}", mirror.getName(), e.getMessage());
        isOver = true;
        stop();
      }
      throw e;
    }
  }

  private void end() {
    stop();
    MirrorPlace opened = place;
    if (opened != null) {
      opened.close();
    }
    boolean isQuiet = false;
    try {
      isQuiet = senders.awaitEnd(SENDERS_END_LIMIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // What hangs may still arrive: nobody is to begin before the lease has lapsed.
    boolean givesBack = isQuiet;
    try {
      recorder.execute(() -> finish(givesBack));
    } finally {
      recorder.shutdown();
    }
  }

  private void finish(boolean givesBack) {
    try {
      if (givesBack) {
        recordNow(false, true);
      }
    } catch (IOException | RuntimeException e) {
      log.debug("The lease of mirror {} ends by itself", mirror.getName(), e);
    } finally {
      ended.run();
      done.countDown();
    }
  }
}
