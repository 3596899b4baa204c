package io.sluice.metadata.raft;

import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;

/**
 * Reads of a group whose only voter is this node: nobody else can lead it, so the local state is
 * the newest, once this leader has applied all that its log held when it started (INVARIANTS 8).
 * Until then nothing is answered: Ratis itself would.
 */
final class SoleVoterReads implements LinearizableReads {
  private final LocalReads local;

  SoleVoterReads(LocalReads local) {
    this.local = local;
  }

  @Override
  public Uni<Answer> ask(RaftShard shard, Query query, Duration deadline) {
    return Uni.createFrom().emitter(caller -> ask(shard, query, deadline, caller));
  }

  private void ask(
      RaftShard shard, Query query, Duration deadline, UniEmitter<? super Answer> caller) {
    if (!shard.leadsAndIsReady()) {
      caller.fail(shard.notReady());
    } else if (!LocalReads.answerFromMemory(shard, query, caller)) {
      local.answer(shard, query, local.expiry(shard, deadline, caller), caller);
    }
  }
}
