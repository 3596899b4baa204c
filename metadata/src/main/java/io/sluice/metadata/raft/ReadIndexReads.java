package io.sluice.metadata.raft;

import io.netty.util.Timeout;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads of a group with several voters, by read index (Raft thesis, 6.4): this node was the leader
 * if a majority says so after the question came, and its state is new enough as soon as it has
 * applied what was committed by then. A leader that was cut off, or paused and replaced, gets no
 * majority and answers nothing, however sure it is of itself; no clock is trusted.
 *
 * <p>One round to the others serves all questions of a shard that came before it began. Questions
 * that come during a round wait for the next.
 */
final class ReadIndexReads implements LinearizableReads {
  /** Of one shard. More are refused. */
  private static final int WAITING_MAX = 8192;

  /** So many are answered by the thread that brought the word; the rest by workers. */
  private static final int ANSWERED_AT_ONCE_MAX = 32;

  /** No round holds up the following ones for longer, whatever becomes of it. */
  private static final long ROUND_MS_MAX = 5_000;

  private final LocalReads local;
  private final Map<Integer, Rounds> rounds = new ConcurrentHashMap<>();

  ReadIndexReads(LocalReads local) {
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
      return;
    }
    Rounds ofShard = rounds.computeIfAbsent(shard.shard(), s -> new Rounds(shard));
    if (ofShard.count.incrementAndGet() > WAITING_MAX) {
      ofShard.count.decrementAndGet();
      caller.fail(LocalReads.overloaded());
      return;
    }
    ofShard.add(new Question(query, local.expiry(shard, deadline, caller), caller));
  }

  private record Question(Query query, Timeout expiry, UniEmitter<? super Answer> caller) {}

  private final class Rounds {
    private final RaftShard shard;
    private final Queue<Question> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicBoolean underWay = new AtomicBoolean();

    Rounds(RaftShard shard) {
      this.shard = shard;
    }

    void add(Question question) {
      waiting.add(question);
      begin();
    }

    private void begin() {
      boolean again = true;
      while (again && !waiting.isEmpty() && underWay.compareAndSet(false, true)) {
        List<Question> asked = new ArrayList<>();
        Question next;
        while (asked.size() < WAITING_MAX && (next = waiting.poll()) != null) {
          asked.add(next);
        }
        again = asked.isEmpty() ? end() : start(asked);
      }
    }

    /** Says whether the round has ended already, as it does where nobody else votes. */
    private boolean start(List<Question> asked) {
      CompletableFuture<Void> caughtUp = shard.catchUp(ROUND_MS_MAX);
      if (caughtUp.isDone()) {
        end();
        answer(asked, !caughtUp.isCompletedExceptionally());
        return true;
      }
      var unused =
          caughtUp.whenComplete(
              (done, failure) -> {
                end();
                // The next round first: it needs nothing of what follows.
                begin();
                answer(asked, failure == null);
              });
      return false;
    }

    private boolean end() {
      underWay.set(false);
      return true;
    }

    private void answer(List<Question> asked, boolean isNewEnough) {
      count.addAndGet(-asked.size());
      for (int i = 0; i < asked.size(); i++) {
        Question question = asked.get(i);
        if (!isNewEnough) {
          question.expiry().cancel();
          question.caller().fail(shard.notConfirmed());
        } else if (i < ANSWERED_AT_ONCE_MAX
            && LocalReads.answerFromMemory(shard, question.query(), question.caller())) {
          question.expiry().cancel();
        } else {
          local.answer(shard, question.query(), question.expiry(), question.caller());
        }
      }
    }
  }
}
