package io.sluice.storage;

import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/**
 * The metadata plane, as everyone else sees it: shards that apply commands in one order each, and
 * answer queries with at least everything that was acknowledged before they were asked.
 *
 * <p>Every method returns at once and may be called on an event loop. A result may arrive on any
 * thread, also on the calling one before the method returns; callers move it to where they need it.
 */
public interface MetadataStore {
  /** The shard that holds bucket names and accounts. */
  int ROOT_SHARD = 0;

  /** How many shards there are: at least 1, and fixed when the cluster is created. */
  int shardCount();

  /**
   * Has a command applied and durable on a majority.
   *
   * @param command its body; id and time are filled in
   * @param deadline how long it may take; past it the command is never applied any more
   * @return the outcome, never a refusal: that is a {@link StorageFailure.Refused}. Fails with
   *     {@link StorageFailure.Unavailable} when it certainly was not applied, and with {@link
   *     StorageFailure.OutcomeUnknown} when that is not known
   */
  Uni<Outcome> submit(int shard, Command command, Duration deadline);

  /**
   * Asks a shard.
   *
   * @return the answer, never a refusal: that is a {@link StorageFailure.Refused}. Fails with
   *     {@link StorageFailure.Unavailable} when the shard has no leader or the deadline passes
   */
  Uni<Answer> query(int shard, Query query, Duration deadline);
}
