package io.sluice.metadata;

import io.sluice.storage.MetadataPeer;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The way to the metadata of this node, past its {@link SpaceFloor}. A shard that another node
 * leads is that one's matter.
 */
record RoomyMetadata(MetadataStore store, MetadataPeer peer, SpaceFloor floor, IntPredicate leads)
    implements MetadataStore {
  @Override
  public int shardCount() {
    return store.shardCount();
  }

  @Override
  public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
    StorageFailure refused = refusal(shard, command);
    return refused == null
        ? store.submit(shard, command, deadline)
        : Uni.createFrom().failure(refused);
  }

  @Override
  public Uni<Answer> query(int shard, Query query, Duration deadline) {
    return store.query(shard, query, deadline);
  }

  private @Nullable StorageFailure refusal(int shard, Command command) {
    return leads.test(shard) ? floor.refusal(command) : null;
  }

  /** The same for who looks for the leader himself. */
  MetadataPeer asPeer() {
    return new MetadataPeer() {
      @Override
      public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
        StorageFailure refused = refusal(shard, command);
        return refused == null
            ? peer.submit(shard, command, deadline)
            : Uni.createFrom().failure(refused);
      }

      @Override
      public Uni<Answer> query(int shard, Query query, Duration deadline) {
        return peer.query(shard, query, deadline);
      }
    };
  }
}
