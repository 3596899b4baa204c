package io.sluice.storage.verticle;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.verticle.index.ChunkIndex;
import io.sluice.storage.verticle.index.IndexUpdate;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that appends to a disk. While it waits for an fsync, requests gather; the next
 * round takes all of them, writes them together and makes them durable with one fsync.
 *
 * <p>What waits is bounded by count and by bytes; beyond that a request is refused at once, which
 * pauses the upload it came from.
 */
final class Appender implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Appender.class);
  private static final Duration RETRY_AFTER = Duration.ofMillis(50);
  private static final long IDLE_MS = 100;
  private static final int BATCH_REQUESTS = 512;

  private final ChunkIndex index;
  private final SegmentWriter writer;
  private final DiskHealth health;
  private final StoreMetrics metrics;
  private final SegmentStoreOptions options;
  private final UUID clusterId;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final LongSupplier oldestLayout;
  private final Consumer<Segment> onSuspect;
  private final ArrayBlockingQueue<AppendRequest> queue;
  private final AtomicLong waitingBytes = new AtomicLong();
  private volatile boolean stopping;
  private volatile boolean stopped;
  private long lastSyncNanos;

  /**
   * @param oldestLayout the layout version below which chunks are refused
   * @param onSuspect told of a segment that holds acknowledged records which an fsync failed to
   *     make durable
   */
  Appender(
      ChunkIndex index,
      SegmentWriter writer,
      DiskHealth health,
      StoreMetrics metrics,
      SegmentStoreOptions options,
      UUID clusterId,
      Clock clock,
      LongSupplier nanoTime,
      LongSupplier oldestLayout,
      Consumer<Segment> onSuspect) {
    this.index = index;
    this.writer = writer;
    this.health = health;
    this.metrics = metrics;
    this.options = options;
    this.clusterId = clusterId;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.oldestLayout = oldestLayout;
    this.lastSyncNanos = nanoTime.getAsLong();
    this.onSuspect = onSuspect;
    this.queue = new ArrayBlockingQueue<>(options.queueRequests());
  }

  /** Takes a request over, on any thread. It is answered in every case. */
  void submit(AppendRequest request) {
    long bytes = request.bytes();
    long waiting = waitingBytes.addAndGet(bytes);
    boolean tooMuch = waiting > options.queueBytes() && waiting > bytes;
    if (stopping || tooMuch || !queue.offer(request)) {
      metrics.refused.increment();
      refuse(request, stopping ? "the disk is being closed" : "too much waits to be written");
    } else if (stopped) {
      refuseAll(); // it came in after the last round
    }
  }

  private void refuse(AppendRequest request, String why) {
    waitingBytes.addAndGet(-request.bytes());
    request.release();
    request.promise().tryFail(new StorageFailure.Unavailable(why, RETRY_AFTER, null));
  }

  private void refuseAll() {
    for (AppendRequest left = queue.poll(); left != null; left = queue.poll()) {
      refuse(left, "the disk is being closed");
    }
  }

  int waiting() {
    return queue.size();
  }

  long waitingBytes() {
    return waitingBytes.get();
  }

  /** Lets what waits be written, and ends the thread then. */
  void stop() {
    stopping = true;
  }

  @Override
  public void run() {
    try {
      for (; ; ) {
        AppendRequest first = queue.poll(pollMs(), TimeUnit.MILLISECONDS);
        if (first != null) {
          round(first);
        } else if (stopping) {
          break;
        }
        syncIfDue(false);
      }
      syncIfDue(true);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      health.fail("its thread was interrupted");
    } catch (RuntimeException | Error e) {
      LOG.error("The appender ended", e);
      health.fail(e.toString());
    } finally {
      stopping = true;
      stopped = true;
      refuseAll();
    }
  }

  private long pollMs() {
    return options.fsync() == Fsync.INTERVAL
        ? Math.min(IDLE_MS, options.fsyncInterval().toMillis())
        : IDLE_MS;
  }

  private void round(AppendRequest first) {
    List<AppendRequest> requests = new ArrayList<>();
    long bytes = 0;
    for (AppendRequest next = first; next != null; next = queue.poll()) {
      requests.add(next);
      bytes += next.bytes();
      AppendRequest following = queue.peek();
      if (following == null
          || bytes + following.bytes() > options.batchBytes()
          || requests.size() == BATCH_REQUESTS) {
        break;
      }
    }
    AppendBatch batch = new AppendBatch(index, health, clusterId, oldestLayout.getAsLong());
    StorageFailure failure = null;
    try {
      health.checkSpace(bytes);
      batch.addAll(requests);
      metrics.batchRequests.record(batch.size());
      write(batch);
    } catch (IOException e) {
      health.writeFailed(e);
      failure = new StorageFailure.DiskFailed(health.reason(), e);
    } catch (RuntimeException | Error e) {
      batch.complete(new StorageFailure.DiskFailed("the appender failed", e));
      throw e;
    } finally {
      waitingBytes.addAndGet(-bytes);
    }
    batch.complete(failure);
  }

  private void write(AppendBatch batch) throws IOException {
    List<OutgoingRecord> records = batch.records();
    boolean always = options.fsync() == Fsync.ALWAYS;
    if (!records.isEmpty()) {
      writer.append(records, always);
    }
    long now = clock.millis();
    long review = now + options.tombstoneAge().toMillis();
    List<Segment> finished = writer.takeFinished();
    index.update(
        update -> {
          batch.index(update, now, review);
          noteSegments(update, finished);
        });
    for (OutgoingRecord record : records) {
      metrics.appendedBytes.increment(record.length());
    }
  }

  private void noteSegments(IndexUpdate update, List<Segment> finished) throws IOException {
    for (Segment segment : finished) {
      update.indexedUpTo(segment.number(), segment.end());
      update.sealed(segment.number());
    }
    Segment active = writer.active();
    if (active != null) {
      // Not what is written, but what is durable: the rest is checked again after a crash.
      update.indexedUpTo(active.number(), writer.durableEnd());
    }
  }

  private void syncIfDue(boolean last) {
    long now = nanoTime.getAsLong();
    boolean due = now - lastSyncNanos >= options.fsyncInterval().toNanos();
    boolean wanted = options.fsync() == Fsync.INTERVAL && due;
    if (!writer.isDirty() || !(wanted || last)) {
      return;
    }
    lastSyncNanos = now;
    @Nullable Segment active = writer.active();
    try {
      writer.sync();
    } catch (IOException e) {
      writer.abandon(e);
      if (active != null) {
        onSuspect.accept(active);
      }
    }
    try {
      List<Segment> finished = writer.takeFinished();
      index.update(update -> noteSegments(update, finished));
    } catch (IOException e) {
      health.writeFailed(e);
    }
  }
}
