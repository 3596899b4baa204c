package io.sluice.recovery.mirror;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.proto.MirrorRecord;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;

/**
 * What mirrors stand on.
 *
 * @param node who this is, for people
 * @param leads whether this node leads shard 0 now
 * @param acknowledges whether this node may acknowledge what clients write: no other cluster has
 *     taken over
 * @param timers for delays; nothing on it blocks
 * @param silenceMax a place that does not answer for longer hangs, and that is told
 */
public record MirrorGround(
    MetadataStore metadata,
    ChunkStore chunks,
    UUID clusterId,
    String node,
    BooleanSupplier leads,
    BooleanSupplier acknowledges,
    Places places,
    ScheduledExecutorService timers,
    Clock clock,
    Duration silenceMax) {
  /** Longer than a slow place takes. */
  public static final Duration SILENCE_MAX = Duration.ofSeconds(30);

  /** Opens the places that buckets are mirrored to. */
  @FunctionalInterface
  public interface Places {
    /**
     * Opens one. Blocks.
     *
     * @throws IOException when it can't be used; the message is for people
     */
    MirrorPlace open(MirrorRecord mirror) throws IOException;
  }
}
