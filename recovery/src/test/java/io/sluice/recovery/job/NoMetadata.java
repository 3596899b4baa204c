package io.sluice.recovery.job;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/** Metadata that nobody asks. */
final class NoMetadata implements MetadataStore {
  @Override
  public int shardCount() {
    return 1;
  }

  @Override
  public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Uni<Answer> query(int shard, Query query, Duration deadline) {
    throw new UnsupportedOperationException();
  }
}
