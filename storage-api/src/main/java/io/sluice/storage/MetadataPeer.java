package io.sluice.storage;

import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/**
 * The metadata server of one node, asked directly. It answers for the shards it leads, and says who
 * leads the others if it knows. A {@link MetadataStore} over several peers finds the right one.
 *
 * <p>Every method returns at once and may be called on an event loop; results arrive on any thread.
 */
public interface MetadataPeer {
  /**
   * Has a command applied and durable on a majority.
   *
   * @param command with a {@code command_id} the same attempt may come again, here or at another
   *     peer, and is applied once; without one it is given one. Its time is filled in by the leader
   * @param deadline how long to wait for the answer; counts for the id when that is given here
   * @return as in {@link MetadataStore#submit}; fails with {@link StorageFailure.NotLeader} when
   *     the command certainly went into no log here
   */
  Uni<Outcome> submit(int shard, Command command, Duration deadline);

  /**
   * Asks a shard.
   *
   * @return as in {@link MetadataStore#query}; fails with {@link StorageFailure.NotLeader}
   */
  Uni<Answer> query(int shard, Query query, Duration deadline);
}
