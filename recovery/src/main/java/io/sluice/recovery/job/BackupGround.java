package io.sluice.recovery.job;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.proto.TargetRecord;
import java.io.IOException;
import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * What backups stand on.
 *
 * @param node who this is, for people
 * @param leads whether this node leads shard 0 now
 * @param targets opens targets; blocks
 * @param lookers for short looks into targets, which block: two at a time, beside those whose
 *     targets hang; it has no queue, and refuses a look when all its threads are taken
 * @param timers for delays; nothing on it blocks
 * @param nanos a monotonic clock, as {@link System#nanoTime}
 * @param hung where threads of this node wait for ever
 * @param clientRequests how many requests of clients are under way on this node
 */
public record BackupGround(
    MetadataStore metadata,
    ChunkStore chunks,
    UUID clusterId,
    String node,
    BooleanSupplier leads,
    Targets targets,
    Executor lookers,
    ScheduledExecutorService timers,
    Clock clock,
    LongSupplier nanos,
    HungTargets hung,
    IntSupplier clientRequests) {
  /** With the machine's monotonic clock, where nothing hangs yet and no clients are. */
  public BackupGround(
      MetadataStore metadata,
      ChunkStore chunks,
      UUID clusterId,
      String node,
      BooleanSupplier leads,
      Targets targets,
      Executor lookers,
      ScheduledExecutorService timers,
      Clock clock) {
    this(
        metadata,
        chunks,
        clusterId,
        node,
        leads,
        targets,
        lookers,
        timers,
        clock,
        System::nanoTime,
        new HungTargets(),
        () -> 0);
  }

  /** The same with other metadata. */
  public BackupGround withMetadata(MetadataStore other) {
    return new BackupGround(
        other,
        chunks,
        clusterId,
        node,
        leads,
        targets,
        lookers,
        timers,
        clock,
        nanos,
        hung,
        clientRequests);
  }

  /** Opens targets. */
  @FunctionalInterface
  public interface Targets {
    /**
     * Opens one. Blocks.
     *
     * @throws IOException when it can't be used; the message is for people
     */
    BackupTarget open(TargetRecord target) throws IOException;
  }
}
