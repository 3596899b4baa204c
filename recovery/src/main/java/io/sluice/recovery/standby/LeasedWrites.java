package io.sluice.recovery.standby;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The metadata as clients write it: nothing is begun without the right to acknowledge it, and
 * nothing that was applied is told after that right has lapsed. Each command names the lease, so
 * that a node that has not heard of a lease yet is refused by the shards themselves.
 */
public record LeasedWrites(MetadataStore metadata, WriteRight right) implements MetadataStore {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  @Override
  public int shardCount() {
    return metadata.shardCount();
  }

  @Override
  public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
    long lease = right.lease();
    if (!right.holds(lease)) {
      return Uni.createFrom().failure(without("Another cluster may be the primary by now.", null));
    }
    Command named = lease == 0 ? command : command.toBuilder().setLease(lease).build();
    return metadata
        .submit(shard, named, deadline)
        .invoke(outcome -> requireStill(lease))
        .onFailure(LeasedWrites::isUnheard)
        .transform(refused -> without("This node has not heard of its lease yet.", refused));
  }

  private void requireStill(long lease) {
    if (!right.holds(lease)) {
      throw new StorageFailure.OutcomeUnknown(
          "the right to acknowledge writes lapsed while this one was done", null);
    }
  }

  private static boolean isUnheard(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.LEASE_NEEDED;
  }

  private static StorageFailure without(String why, @Nullable Throwable cause) {
    return new StorageFailure.Unavailable(why, RETRY_AFTER, cause);
  }

  @Override
  public Uni<Answer> query(int shard, Query query, Duration deadline) {
    return metadata.query(shard, query, deadline);
  }
}
