package io.sluice.cluster.metadata;

import io.sluice.storage.MetadataPeer;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One command or query from the caller to its answer, whichever peer gives it.
 *
 * <p>Peers are asked one after the other. All attempts of a command carry the same id, so it is
 * applied once. As soon as one of them ended without saying what became of the command, no later
 * "not applied" of another peer is believed for the whole: that peer speaks of its own attempt.
 * Then the caller is told an outcome that was recorded under the id, or that it is not known
 * (INVARIANTS 5).
 *
 * <p>Attempts follow each other, so their state needs no lock; the end of the time may come beside
 * them.
 */
final class RoutedCall<T> {
  /** A leader that hangs must not use up all the time in which another could answer. */
  private static final Duration ATTEMPT_LIMIT = Duration.ofSeconds(3);

  private static final long BACKOFF_MS_MIN = 20;
  private static final long BACKOFF_MS_MAX = 500;
  private static final int BACKOFF_DOUBLINGS_MAX = 10;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** How a peer is asked. */
  interface Attempt<T> {
    Uni<T> at(MetadataPeer peer, Duration deadline);
  }

  /** What time it was in the shard when it answered; 0 when it does not say. */
  interface TimeOf<T> {
    long shardTimeMs(T answer);
  }

  private final RoutedMetadataStore store;
  private final int shard;
  private final ShardRoute route;
  private final boolean isCommand;
  private final Attempt<T> attempt;
  private final TimeOf<T> timeOf;
  private final UniEmitter<? super T> caller;
  private final long endNanos;
  private final Set<String> tried = new HashSet<>();
  private final AtomicBoolean settled = new AtomicBoolean();
  private volatile boolean underWay;
  private volatile boolean unknown;
  private volatile @Nullable Throwable lastFailure;
  private @Nullable Future<?> end;
  private int rounds;

  RoutedCall(
      RoutedMetadataStore store,
      int shard,
      boolean isCommand,
      Attempt<T> attempt,
      TimeOf<T> timeOf,
      long endNanos,
      UniEmitter<? super T> caller) {
    this.store = store;
    this.shard = shard;
    this.route = store.route(shard);
    this.isCommand = isCommand;
    this.attempt = attempt;
    this.timeOf = timeOf;
    this.endNanos = endNanos;
    this.caller = caller;
  }

  void start() {
    store.retries().earn();
    end = store.timers().schedule(this::expire, leftNanos(), TimeUnit.NANOSECONDS);
    attempt();
  }

  private long leftNanos() {
    return endNanos - store.nanoTime();
  }

  private void attempt() {
    long left = leftNanos();
    if (settled.get() || left <= 0) {
      return; // the end is on its way
    }
    // First this, then a look: whoever ends the call sees this attempt, or is seen by it.
    underWay = true;
    if (settled.get()) {
      return;
    }
    Map<String, MetadataPeer> peers = store.peers();
    String name = route.next(peers, store.localPeer(), tried);
    MetadataPeer peer = name == null ? null : peers.get(name);
    if (name == null || peer == null) {
      underWay = false;
      nextRound();
      return;
    }
    tried.add(name);
    long askedNanos = store.nanoTime();
    Duration limit = Duration.ofNanos(Math.min(left, ATTEMPT_LIMIT.toNanos()));
    Uni.createFrom()
        .deferred(() -> attempt.at(peer, limit))
        .subscribe()
        .with(answer -> answered(name, askedNanos, answer), failure -> failed(name, failure));
  }

  private void answered(String peer, long askedNanos, T answer) {
    underWay = false;
    route.learnLeader(peer);
    route.clock().learn(timeOf.shardTimeMs(answer), askedNanos, store.nanoTime());
    if (settle()) {
      caller.complete(answer);
    }
  }

  private void failed(String peer, Throwable failure) {
    lastFailure = failure;
    if (failure instanceof StorageFailure.Refused refused) {
      underWay = false;
      refused(peer, refused);
    } else if (failure instanceof StorageFailure.NotLeader other) {
      underWay = false;
      follow(peer, other.leader());
    } else {
      // What is not certainly "not applied" is unknown.
      unknown |= isCommand && !(failure instanceof StorageFailure.Unavailable);
      underWay = false;
      route.doubt(peer);
      retry();
    }
  }

  private void refused(String peer, StorageFailure.Refused refused) {
    if (isCommand && refused.code() == RefusalCode.DEADLINE_PASSED) {
      // An outcome of an earlier attempt would have been found, unless it is forgotten already.
      giveUp();
    } else if (unknown
        && (refused.code() == RefusalCode.DEADLINE_TOO_FAR
            || refused.code() == RefusalCode.INVALID_ARGUMENT
            || refused.code() == RefusalCode.NO_SPACE)) {
      // A leader whose clock disagrees, or whose disk is full, says so before it looks for an
      // outcome.
      giveUp();
    } else {
      route.learnLeader(peer);
      fail(refused);
    }
  }

  private void follow(String peer, @Nullable String leader) {
    route.doubt(peer);
    if (leader != null && !tried.contains(leader)) {
      route.learnLeader(leader);
    }
    attempt(); // nobody is asked twice in a round
  }

  private void retry() {
    if (store.retries().trySpend()) {
      attempt();
    } else {
      giveUp();
    }
  }

  /** All peers were asked: they are asked again after a pause, in which they may elect a leader. */
  private void nextRound() {
    tried.clear();
    long ceiling =
        Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN << Math.min(rounds++, BACKOFF_DOUBLINGS_MAX));
    long waitMs = ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1);
    if (TimeUnit.MILLISECONDS.toNanos(waitMs) < leftNanos() && store.retries().trySpend()) {
      var unused = store.timers().schedule(this::attempt, waitMs, TimeUnit.MILLISECONDS);
    } else {
      giveUp();
    }
  }

  private void expire() {
    if (settle()) {
      unknown |= isCommand && underWay;
      caller.fail(noAnswer());
    }
  }

  private void giveUp() {
    fail(noAnswer());
  }

  private StorageFailure noAnswer() {
    return unknown
        ? new StorageFailure.OutcomeUnknown("no answer from metadata shard " + shard, lastFailure)
        : new StorageFailure.Unavailable(
            "metadata shard " + shard + " has no leader that answers", RETRY_AFTER, lastFailure);
  }

  private void fail(StorageFailure failure) {
    if (settle()) {
      caller.fail(failure);
    }
  }

  private boolean settle() {
    if (!settled.compareAndSet(false, true)) {
      return false;
    }
    Future<?> timer = end;
    if (timer != null) {
      timer.cancel(false);
    }
    return true;
  }
}
