package io.sluice.recovery.job;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.proto.TargetRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;

/**
 * What backups stand on.
 *
 * @param node who this is, for people
 * @param leads whether this node leads shard 0 now
 * @param targets opens targets; blocks
 * @param scratch a directory of this node for what is being made; what is in it is of no use to a
 *     later process
 * @param lookers for short looks into targets, which block: bounded in threads and queue
 * @param timers for delays; nothing on it blocks
 */
public record BackupGround(
    MetadataStore metadata,
    ChunkStore chunks,
    UUID clusterId,
    String node,
    BooleanSupplier leads,
    Targets targets,
    Path scratch,
    Executor lookers,
    ScheduledExecutorService timers,
    Clock clock) {
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
