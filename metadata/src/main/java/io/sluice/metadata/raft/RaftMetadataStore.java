package io.sluice.metadata.raft;

import com.google.protobuf.ByteString;
import io.sluice.storage.MetadataPeer;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;

/**
 * The metadata as this node's peers of the shards know it: everything for a node that is alone; for
 * one of several, what it leads.
 */
final class RaftMetadataStore implements MetadataStore {
  private final List<RaftShard> shards;
  private final LinearizableReads reads;
  private final Submissions submissions;

  RaftMetadataStore(List<RaftShard> shards, LinearizableReads reads, Submissions submissions) {
    this.shards = List.copyOf(shards);
    this.reads = reads;
    this.submissions = submissions;
  }

  @Override
  public int shardCount() {
    return shards.size();
  }

  /** Each subscription is a command of its own. */
  @Override
  public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
    Command fresh =
        command.getCommandId().isEmpty()
            ? command
            : command.toBuilder().setCommandId(ByteString.EMPTY).build();
    return submissions.submit(shards.get(shard), fresh, deadline);
  }

  @Override
  public Uni<Answer> query(int shard, Query query, Duration deadline) {
    return reads.ask(shards.get(shard), query, deadline);
  }

  /** The same for those who know that there are others, and make their command ids themselves. */
  MetadataPeer asPeer() {
    return new Peer();
  }

  /** Says with each answer what time it is in the shard: who makes command ids goes by that. */
  private final class Peer implements MetadataPeer {
    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      RaftShard asked = shards.get(shard);
      return submissions
          .submit(asked, command, deadline)
          .map(
              outcome ->
                  outcome.toBuilder().setShardTimeMs(submissions.shardTimeMs(asked)).build());
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      RaftShard asked = shards.get(shard);
      return reads
          .ask(asked, query, deadline)
          .map(answer -> answer.toBuilder().setShardTimeMs(submissions.shardTimeMs(asked)).build());
    }
  }
}
