package io.sluice.recovery;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Metadata in which something happens when either the pins or the snapshots were listed and the
 * other are asked for: whichever comes first.
 */
final class BetweenLists implements MetadataStore {
  private final MetadataStore metadata;
  private final Runnable happening;
  private Query.@Nullable BodyCase first;
  private boolean happened;

  /** For one sweep, which asks one thing after the other. */
  BetweenLists(MetadataStore metadata, Runnable happening) {
    this.metadata = metadata;
    this.happening = happening;
  }

  @Override
  public int shardCount() {
    return metadata.shardCount();
  }

  @Override
  public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
    return metadata.submit(shard, command, deadline);
  }

  @Override
  public Uni<Answer> query(int shard, Query query, Duration deadline) {
    return isBetween(query)
        ? Uni.createFrom()
            .completionStage(() -> CompletableFuture.runAsync(happening))
            .chain(() -> metadata.query(shard, query, deadline))
        : metadata.query(shard, query, deadline);
  }

  private boolean isBetween(Query query) {
    boolean isList = query.hasListPins() || query.hasListSnapshots();
    if (!isList || happened) {
      return false;
    }
    if (first == null) {
      first = query.getBodyCase();
    }
    happened = query.getBodyCase() != first;
    return happened;
  }
}
