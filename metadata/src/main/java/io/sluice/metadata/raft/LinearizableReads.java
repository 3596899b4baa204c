package io.sluice.metadata.raft;

import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/**
 * How a shard is asked so that the answer holds everything that was acknowledged before the
 * question. How that is made sure depends on who else could lead the shard.
 */
interface LinearizableReads {
  /** Returns at once; any thread. */
  Uni<Answer> ask(RaftShard shard, Query query, Duration deadline);
}
