package io.sluice.storage.verticle;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.LocalReplica;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.verticle.index.ChunkIndex;
import io.sluice.storage.verticle.index.IndexClosedException;
import io.sluice.storage.verticle.index.IndexEntry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chunks of one disk.
 *
 * <p>Appends go through one thread ({@link Appender}), reads through a few, and compaction,
 * scrubbing and housekeeping through one more ({@link BackgroundWork}). {@link #open} and {@link
 * #close} block; every other method returns at once, and its future completes on one of these
 * threads, so whoever waits for it hops back to where it belongs.
 */
public final class SegmentStore implements LocalReplica, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentStore.class);
  private static final Duration RETRY_AFTER = Duration.ofMillis(50);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);
  private static final int LIST_MAX = 10_000;

  private final DataDirectory directory;
  private final ChunkIndex index;
  private final SegmentSet segments;
  private final DiskHealth health;
  private final StoreMetrics metrics;
  private final RecoveryReport recovery;
  private final ReadTask reads;
  private final Appender appender;
  private final Thread appenderThread;
  private final ThreadPoolExecutor readers;
  private final BackgroundWork background;
  private final long capacityBytes;
  private final AtomicInteger requestsInFlight = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Opens the store in a data directory and brings its index up to date; blocks for as long as that
   * takes.
   *
   * @param directory taken over: closed with the store, and when opening fails
   * @param clusterId the cluster this server is of
   * @param damage told of chunks found damaged
   * @throws DirectoryRefusedException when the directory is of another cluster or a newer format
   */
  public static SegmentStore open(
      DataDirectory directory,
      UUID clusterId,
      SegmentStoreOptions options,
      MeterRegistry registry,
      Clock clock,
      DamageListener damage)
      throws IOException {
    return open(directory, clusterId, options, registry, clock, damage, new DiskFileLayer());
  }

  static SegmentStore open(
      DataDirectory directory,
      UUID clusterId,
      SegmentStoreOptions options,
      MeterRegistry registry,
      Clock clock,
      DamageListener damage,
      FileLayer files)
      throws IOException {
    List<AutoCloseable> opened = new ArrayList<>(List.of(directory));
    try {
      if (!directory.clusterId().equals(clusterId)) {
        throw new DirectoryRefusedException(
            directory.path()
                + " belongs to cluster "
                + directory.clusterId()
                + ", this server to "
                + clusterId);
      }
      ChunkIndex index =
          ChunkIndex.open(directory.index(), directory.diskId(), options.indexCacheBytes());
      opened.add(index);
      SegmentSet segments =
          new SegmentSet(files, directory.segments(), clusterId, directory.diskId());
      opened.add(segments::close);
      Recovery.Result found = new Recovery(files, segments, index, options, clock.millis()).run();
      StoreMetrics metrics = new StoreMetrics(registry, directory.diskId().toString());
      opened.add(metrics);
      DiskHealth health = new DiskHealth(files, directory.segments(), options.reserveBytes());
      return new SegmentStore(
          directory, index, segments, health, metrics, found, options, clock, damage, files);
    } catch (IOException | RuntimeException e) {
      for (int i = opened.size() - 1; i >= 0; i--) {
        closeQuietly(opened.get(i));
      }
      throw e;
    }
  }

  private SegmentStore(
      DataDirectory directory,
      ChunkIndex index,
      SegmentSet segments,
      DiskHealth health,
      StoreMetrics metrics,
      Recovery.Result found,
      SegmentStoreOptions options,
      Clock clock,
      DamageListener damage,
      FileLayer files)
      throws IOException {
    this.directory = directory;
    this.index = index;
    this.segments = segments;
    this.health = health;
    this.metrics = metrics;
    this.recovery = found.report();
    this.capacityBytes = files.totalBytes(directory.segments());
    Quarantine quarantine = new Quarantine(index, metrics, damage);
    UUID clusterId = directory.clusterId();
    String name = directory.diskId().toString().substring(0, 8);
    this.reads = new ReadTask(index, segments, clusterId, quarantine);
    LongSupplier nanoTime = System::nanoTime;
    Compactor compactor =
        new Compactor(
            index,
            segments,
            new SegmentWriter(segments, options.segmentBytes(), null, metrics.fsync, nanoTime),
            options,
            clock,
            metrics,
            quarantine);
    Scrubber scrubber = new Scrubber(index, reads, metrics, clock);
    this.background =
        new BackgroundWork(
            name, index, segments, health, options, clock, nanoTime, compactor, scrubber);
    SegmentWriter writer =
        new SegmentWriter(
            segments, options.segmentBytes(), found.active(), metrics.fsync, nanoTime);
    this.appender =
        new Appender(
            index,
            writer,
            health,
            metrics,
            options,
            clusterId,
            clock,
            nanoTime,
            directory::layoutVersion,
            background::evacuate);
    this.appenderThread = new Thread(appender, "sluice-append-" + name);
    appenderThread.setDaemon(true);
    AtomicInteger readerNumber = new AtomicInteger();
    this.readers =
        new ThreadPoolExecutor(
            options.readers(),
            options.readers(),
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(options.queueReads()),
            task -> {
              Thread thread =
                  new Thread(task, "sluice-read-" + name + "-" + readerNumber.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    registerGauges(options);
    appenderThread.start();
    background.start();
  }

  private void registerGauges(SegmentStoreOptions options) {
    metrics.gauge("queue.requests", "Appends that wait", appender::waiting);
    metrics.gauge("queue.requests.limit", "Appends that may wait", options::queueRequests);
    metrics.gauge("queue.bytes", "Bytes of appends that wait", appender::waitingBytes);
    metrics.gauge("queue.bytes.limit", "Bytes of appends that may wait", options::queueBytes);
    metrics.gauge("reads.waiting", "Reads that wait", () -> readers.getQueue().size());
    metrics.gauge("reads.waiting.limit", "Reads that may wait", options::queueReads);
    metrics.gauge("segments", "Segment files", segments::size);
    metrics.gauge("free.bytes", "Bytes free on the disk", health::freeBytes);
    metrics.gauge("state", "0 writable, 1 read-only, 2 failed", this::stateFigure);
    metrics.gauge("live.bytes", "Bytes something needs", background::liveBytes);
    metrics.gauge("dead.bytes", "Bytes that compaction can free", background::deadBytes);
  }

  private int stateFigure() {
    State now = state();
    return now == State.WRITABLE ? 0 : now == State.READ_ONLY ? 1 : 2;
  }

  /** What opening it found. */
  public RecoveryReport recovery() {
    return recovery;
  }

  /** How the scrubber stands. */
  public ScrubStatus scrubStatus() {
    return background.scrubStatus();
  }

  /** Reads and checks the whole disk now, as fast as the scrub rate allows. */
  public Future<ScrubStatus> scrub() {
    return background.scrub();
  }

  /** Frees what can be freed now; completes with the number of segments removed. */
  public Future<Integer> compact() {
    return background.compact();
  }

  @Override
  public Future<Void> raiseLayoutVersion(long version) {
    return background
        .run(
            () -> {
              directory.raiseLayoutVersion(version);
              return null;
            })
        // Chunks that were let in before are listed, or refused, when this has passed them.
        .compose(raised -> submit(AppendRequest.Fence::new));
  }

  @Override
  public String id() {
    return directory.diskId().toString();
  }

  @Override
  public State state() {
    return closed.get() ? State.FAILED : health.state();
  }

  @Override
  public Load load() {
    return new Load(
        requestsInFlight.get(), appender.waitingBytes(), capacityBytes, health.freeBytes());
  }

  @Override
  public Future<Void> write(EncodedChunk chunk, long layoutVersion) {
    long known = directory.layoutVersion();
    if (layoutVersion < known) {
      return Future.failedFuture(AppendBatch.olderLayout(layoutVersion, known));
    }
    if (state() != State.WRITABLE) {
      return Future.failedFuture(new StorageFailure.DiskFailed(health.reason(), null));
    }
    chunk.retain();
    return submit(promise -> new AppendRequest.Put(chunk, layoutVersion, promise));
  }

  @Override
  public Future<Void> delete(List<ChunkId> ids) {
    if (ids.isEmpty()) {
      return Future.succeededFuture();
    }
    checkMax(ids.size());
    if (state() == State.FAILED) {
      return Future.failedFuture(new StorageFailure.DiskFailed(health.reason(), null));
    }
    List<ChunkId> copy = List.copyOf(ids);
    return submit(promise -> new AppendRequest.Delete(copy, promise));
  }

  private Future<Void> submit(Function<Promise<Void>, AppendRequest> request) {
    Promise<Void> promise = Promise.promise();
    requestsInFlight.incrementAndGet();
    appender.submit(request.apply(promise));
    return promise.future().onComplete(done -> requestsInFlight.decrementAndGet());
  }

  @Override
  public Future<Void> evict(List<ChunkId> ids) {
    if (ids.isEmpty()) {
      return Future.succeededFuture();
    }
    checkMax(ids.size());
    List<ChunkId> copy = List.copyOf(ids);
    return background.run(
        () -> {
          index.update(
              update -> {
                for (ChunkId id : copy) {
                  update.evicted(id);
                }
              });
          return null;
        });
  }

  @Override
  public Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount) {
    if (firstFrame < 0 || frameCount < 1) {
      throw new IllegalArgumentException("frames " + firstFrame + ", " + frameCount);
    }
    return onReader(
        () -> {
          StoredFrames frames = reads.read(id, firstFrame, frameCount);
          metrics.readBytes.increment(frames.stored().readableBytes());
          return frames;
        });
  }

  @Override
  public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
    checkMax(max);
    ChunkId first = ChunkId.of(0, partition, 0, 0);
    ChunkId from = after == null || after.compareTo(first) < 0 ? first : after;
    ChunkId end = new ChunkId(first.high() + (1L << 32), 0);
    return onReader(
        () -> {
          List<ChunkId> ids = new ArrayList<>();
          index.visit(
              from,
              end,
              (id, entry) -> {
                if (!id.equals(after) && entry instanceof IndexEntry.Stored s && !s.damaged()) {
                  ids.add(id);
                }
                return ids.size() < max;
              });
          return ids;
        });
  }

  private static void checkMax(int count) {
    if (count < 1 || count > LIST_MAX) {
      throw new IllegalArgumentException(count + " is not 1 to " + LIST_MAX);
    }
  }

  private <T> Future<T> onReader(Callable<T> work) {
    Promise<T> promise = Promise.promise();
    requestsInFlight.incrementAndGet();
    try {
      readers.execute(
          () -> {
            try {
              promise.complete(work.call());
            } catch (StorageFailure e) {
              promise.fail(e);
            } catch (IndexClosedException | IOException e) {
              promise.fail(new StorageFailure.DiskFailed("the index can't be read", e));
            } catch (Exception e) {
              promise.fail(e);
            }
          });
    } catch (RejectedExecutionException e) {
      metrics.refused.increment();
      promise.fail(new StorageFailure.Unavailable("too many reads wait", RETRY_AFTER, null));
    }
    return promise.future().onComplete(done -> requestsInFlight.decrementAndGet());
  }

  /**
   * Lets what was taken in be written, waits for reads, and gives everything back; blocks for up to
   * half a minute. What can't finish by then is answered with a failure.
   */
  @Override
  public void close() throws IOException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    background.close(CLOSE_TIMEOUT);
    appender.stop();
    readers.shutdown();
    try {
      appenderThread.join(CLOSE_TIMEOUT.toMillis());
      if (!readers.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("{}: reads were still under way at the end", directory.path());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    index.close();
    segments.close();
    metrics.close();
    directory.close();
  }

  private static void closeQuietly(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      LOG.warn("{} could not be closed", resource, e);
    }
  }
}
