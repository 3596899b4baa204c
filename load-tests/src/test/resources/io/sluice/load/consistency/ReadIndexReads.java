package io.sluice.metadata.raft;

import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;

/**
 * Takes the place of the server's class of this name, and answers at once from what the node has:
 * nobody is asked whether this node still leads. For a test of the consistency run alone.
 */
final class ReadIndexReads implements LinearizableReads {
  private final LocalReads local;

  ReadIndexReads(LocalReads local) {
    this.local = local;
  }

  @Override
  public Uni<Answer> ask(RaftShard shard, Query query, Duration deadline) {
    return Uni.createFrom().emitter(caller -> ask(shard, query, deadline, caller));
  }

  private void ask(
      RaftShard shard, Query query, Duration deadline, UniEmitter<? super Answer> caller) {
    if (!LocalReads.answerFromMemory(shard, query, caller)) {
      local.answer(shard, query, local.expiry(shard, deadline, caller), caller);
    }
  }
}
