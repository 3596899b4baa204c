package io.sluice.recovery;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Metadata in which one shard is pinned late: when a writer has counted on by two, or a time is up
 * because it is held back. The second attempt of a cut comes in time.
 */
final class LatePin implements MetadataStore {
  private static final Duration TICK = Duration.ofMillis(2);
  private static final int ROUNDS = 2;

  private final MetadataStore metadata;
  private final int shard;
  private final AtomicLong counted;
  private final Duration lateness;
  private final AtomicInteger times = new AtomicInteger();

  LatePin(MetadataStore metadata, int shard, AtomicLong counted, Duration lateness) {
    this.metadata = metadata;
    this.shard = shard;
    this.counted = counted;
    this.lateness = lateness;
  }

  /** How often the shard was to be pinned. */
  int times() {
    return times.get();
  }

  @Override
  public int shardCount() {
    return metadata.shardCount();
  }

  @Override
  public Uni<Outcome> submit(int to, Command command, Duration deadline) {
    if (to != shard || !command.hasPin() || times.incrementAndGet() > 1) {
      return metadata.submit(to, command, deadline);
    }
    long enough = counted.get() + ROUNDS;
    return Multi.createFrom()
        .ticks()
        .every(TICK)
        .select()
        .first(tick -> counted.get() < enough && tick < lateness.dividedBy(TICK))
        .collect()
        .last()
        .chain(() -> metadata.submit(to, command, deadline));
  }

  @Override
  public Uni<Answer> query(int of, Query query, Duration deadline) {
    return metadata.query(of, query, deadline);
  }
}
