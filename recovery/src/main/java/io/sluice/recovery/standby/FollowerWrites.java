package io.sluice.recovery.standby;

import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/**
 * The metadata as a follower writes it: every command passes gates that are closed for one revision
 * of the role, and is refused by all others. So a follower that was overtaken, or goes on after the
 * promotion, changes nothing, however late its commands come.
 */
record FollowerWrites(MetadataStore metadata, long revision) implements MetadataStore {
  @Override
  public int shardCount() {
    return metadata.shardCount();
  }

  @Override
  public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
    return metadata.submit(
        shard,
        command.toBuilder().setFollower(revision).setFormat(FormatRange.HISTORY).build(),
        deadline);
  }

  @Override
  public Uni<Answer> query(int shard, Query query, Duration deadline) {
    return metadata.query(shard, query, deadline);
  }
}
