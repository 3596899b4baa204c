package io.sluice.recovery.mirror;

import io.sluice.storage.chunk.codec.ChunkBuffers;
import io.sluice.storage.chunk.codec.Compression;
import io.sluice.storage.chunk.codec.FrameDecoder;
import io.sluice.storage.chunk.codec.ZstdWorkspaces;
import io.sluice.storage.proto.MirrorPage;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.TakeMirror;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the mirrors on the node that leads shard 0. One that another node ran is taken over when
 * that gave its lease back, or when nobody renewed it for as long as it lasts, by this node's
 * monotonic clock. Any thread.
 */
public final class MirrorRunner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MirrorRunner.class);

  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  private static final Duration END_LIMIT = Duration.ofSeconds(2);

  private final MirrorGround on;
  private final MirrorRecords records;
  private final ZstdWorkspaces workspaces = new ZstdWorkspaces(Compression.DEFAULT);
  private final FrameDecoder decoder = new FrameDecoder(new ChunkBuffers(2), workspaces);
  private final Map<String, MirrorRun> runs = new ConcurrentHashMap<>();
  private final Set<String> taking = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean looking = new AtomicBoolean();

  /** Of runs that ended. */
  private final LongAdder objects = new LongAdder();

  private final LongAdder bytes = new LongAdder();
  private final LongAdder failures = new LongAdder();

  /** The leases of others, of whoever looks; one at a time does. */
  private final Map<String, Seen> seen = new HashMap<>();

  private @Nullable ScheduledFuture<?> looks;
  private volatile boolean closed;

  /** A lease, and since when it was not renewed. */
  private record Seen(String run, long leaseUntilMs, long sinceNanos) {}

  public MirrorRunner(MirrorGround on) {
    this.on = on;
    this.records = new MirrorRecords(on.metadata());
  }

  /** Begins to look for mirrors, while this node leads. */
  public void start() {
    looks =
        on.timers()
            .scheduleWithFixedDelay(this::look, 0, LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    if (closed) {
      return;
    }
    if (!on.leads().getAsBoolean()) {
      runs.values().forEach(MirrorRun::stop);
      return;
    }
    if (!looking.compareAndSet(false, true)) {
      return;
    }
    records
        .page()
        .invoke(this::begin)
        .onTermination()
        .invoke(() -> looking.set(false))
        .subscribe()
        .with(all -> {}, failure -> log.debug("Mirrors can't be listed", failure));
  }

  private void begin(MirrorPage page) {
    Map<String, Long> created =
        page.getMirrorsList().stream()
            .collect(Collectors.toMap(MirrorRecord::getName, MirrorRecord::getCreatedMs));
    List<MirrorRecord> all =
        page.getMirrorsList().stream().filter(each -> hasWork(each, page)).toList();
    Map<String, MirrorRecord> byName =
        all.stream().collect(Collectors.toMap(MirrorRecord::getName, each -> each));
    seen.keySet().retainAll(byName.keySet());
    for (MirrorRun run : runs.values()) {
      MirrorRecord now = byName.get(run.mirror().getName());
      if (now == null || isOther(now, run.mirror())) {
        run.stop();
      }
      Long isOf = created.get(run.mirror().getName());
      if (isOf == null || isOf != run.mirror().getCreatedMs()) {
        // It may hang for ever, and its mirror is no more: one that has its name need not wait.
        // What it says of itself is refused to its run id.
        ended(run);
      }
    }
    for (MirrorRecord mirror : all) {
      if (!runs.containsKey(mirror.getName())) {
        boolean stoodStill = stoodStill(mirror);
        if (stoodStill || mirror.getLeaseUntilMs() <= on.clock().millis()) {
          take(mirror, stoodStill);
        }
      }
    }
  }

  /** A replication needs a rule, and a cluster that is the primary. */
  private static boolean hasWork(MirrorRecord mirror, MirrorPage page) {
    return !mirror.getReplication() || (mirror.getRulesCount() > 0 && !page.getWritesClosed());
  }

  /** Added anew since, or with other rules; a look may be older than a run. */
  private static boolean isOther(MirrorRecord now, MirrorRecord running) {
    return now.getCreatedMs() != running.getCreatedMs()
        || now.getRevision() > running.getRevision();
  }

  /** Whether this node saw the lease for as long as it lasts, and nobody renewed it. */
  private boolean stoodStill(MirrorRecord mirror) {
    long now = System.nanoTime();
    Seen last = seen.get(mirror.getName());
    if (last == null
        || !last.run().equals(mirror.getRunId())
        || last.leaseUntilMs() != mirror.getLeaseUntilMs()) {
      last = new Seen(mirror.getRunId(), mirror.getLeaseUntilMs(), now);
      seen.put(mirror.getName(), last);
    }
    return now - last.sinceNanos() > MirrorRun.LEASE.toNanos();
  }

  private void take(MirrorRecord mirror, boolean stoodStill) {
    String name = mirror.getName();
    if (!taking.add(name)) {
      return;
    }
    TakeMirror take =
        TakeMirror.newBuilder()
            .setName(name)
            .setRunId(UUID.randomUUID().toString())
            .setOwner(on.node())
            .setLeaseMs(MirrorRun.LEASE.toMillis())
            .setSeenLeaseUntilMs(stoodStill ? mirror.getLeaseUntilMs() : 0)
            .build();
    records
        .take(take)
        .onTermination()
        .invoke(() -> taking.remove(name))
        .subscribe()
        .with(this::run, failure -> log.debug("Mirror {} is not taken", name, failure));
  }

  private void run(MirrorRecord taken) {
    AtomicReference<@Nullable MirrorRun> self = new AtomicReference<>();
    MirrorRun run = new MirrorRun(on, records, taken, decoder, () -> ended(self.get()));
    self.set(run);
    if (runs.putIfAbsent(taken.getName(), run) == null) {
      log.info("Mirror {} of bucket {} runs here", taken.getName(), taken.getBucket());
      run.start();
      if (closed) {
        run.stop();
      }
    }
  }

  private void ended(@Nullable MirrorRun run) {
    if (run != null && runs.remove(run.mirror().getName(), run)) {
      MirrorTotals done = totals(run);
      objects.add(done.objects());
      bytes.add(done.bytes());
      failures.add(done.failures());
    }
  }

  private static MirrorTotals totals(MirrorRun run) {
    MirrorProgress now = run.progress();
    MirrorProgress first = run.first();
    return new MirrorTotals(
        now.getObjects() - first.getObjects(),
        now.getBytes() - first.getBytes(),
        now.getFailures() - first.getFailures());
  }

  /** What this node did. */
  public MirrorTotals totals() {
    MirrorTotals sum = new MirrorTotals(objects.sum(), bytes.sum(), failures.sum());
    for (MirrorRun run : runs.values()) {
      sum = sum.plus(totals(run));
    }
    return sum;
  }

  /** How far the mirrors are that run here, by name. */
  public Map<String, MirrorProgress> running() {
    Map<String, MirrorProgress> running = new HashMap<>();
    runs.forEach((name, run) -> running.put(name, run.progress()));
    return running;
  }

  /**
   * Has what runs stop, and waits for a moment, so that leases are given back: whoever leads next
   * goes on with it at once.
   */
  @Override
  public void close() {
    closed = true;
    ScheduledFuture<?> ticking = looks;
    if (ticking != null) {
      ticking.cancel(false);
    }
    List<MirrorRun> left = List.copyOf(runs.values());
    left.forEach(MirrorRun::stop);
    try {
      for (MirrorRun run : left) {
        if (!run.awaitEnd(END_LIMIT)) {
          log.info("Mirror {} goes on elsewhere when its lease is over", run.mirror().getName());
          break; // one that hangs is no reason to wait for others as long
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
