package io.sluice.metadata.voters;

import io.sluice.metadata.raft.ShardMembership;
import io.sluice.metadata.raft.ShardVoter;
import io.sluice.storage.StorageFailure;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the voters of the shards that this peer leads as they should be: three of the candidates
 * where there are as many, leaders spread over them. Each look makes at most one change of a shard,
 * and none while one is under way. What it works from may be wrong or late: that costs a change too
 * many, never data, for each change needs the shard's majority.
 *
 * <p>It also tells this peer where the others are, whether it leads or not.
 */
public final class VoterKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(VoterKeeper.class);

  private final ShardMembership membership;
  private final String self;
  private final IntFunction<List<VoterCandidate>> candidates;
  private final Consumer<Map<String, String>> addresses;
  private final Options options;
  private final LongSupplier nanoTime;
  private final ScheduledThreadPoolExecutor scheduler;
  private final List<Shard> shards = new ArrayList<>();

  /**
   * How patient it is.
   *
   * @param interval between two looks
   * @param settle how long another peer must have been the better leader before it gets the lead,
   *     and how long after a failed change nothing is tried
   * @param changeLimit how long a change of voters may take; a new voter gets the state in it
   * @param handOverLimit how long a change of the leader may take: commands wait meanwhile
   */
  public record Options(
      Duration interval, Duration settle, Duration changeLimit, Duration handOverLimit) {
    /** A look each second; leaders move when things have been quiet for ten. */
    public static final Options DEFAULT =
        new Options(
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            Duration.ofMinutes(10),
            Duration.ofSeconds(2));
  }

  /**
   * Nothing happens before {@link #start}.
   *
   * @param self this peer's id
   * @param shardCount how many shards there are
   * @param candidates those of a shard, in order of preference; this peer among them. Empty while
   *     they are not known. Called on this keeper's thread, must not block
   * @param addresses told the addresses of all candidates at each look
   * @param nanoTime a monotonic clock
   */
  public VoterKeeper(
      ShardMembership membership,
      String self,
      int shardCount,
      IntFunction<List<VoterCandidate>> candidates,
      Consumer<Map<String, String>> addresses,
      Options options,
      LongSupplier nanoTime) {
    this.membership = membership;
    this.self = self;
    this.candidates = candidates;
    this.addresses = addresses;
    this.options = options;
    this.nanoTime = nanoTime;
    for (int shard = 0; shard < shardCount; shard++) {
      shards.add(new Shard(shard));
    }
    this.scheduler =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "sluice-metadata-voters");
              thread.setDaemon(true);
              return thread;
            });
    scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Looks from now on. */
  public void start() {
    long everyMs = options.interval().toMillis();
    var unused =
        scheduler.scheduleWithFixedDelay(this::look, everyMs, everyMs, TimeUnit.MILLISECONDS);
  }

  /**
   * Moves the lead of every shard that this peer leads to another voter, as a node does before it
   * stops. Returns at once.
   *
   * @return completes when each was tried once; never fails
   */
  public Uni<Void> leadNothing() {
    List<Uni<Void>> moves = new ArrayList<>();
    for (Shard shard : shards) {
      moves.add(Uni.createFrom().deferred(shard::handOverToAnyone).onFailure().recoverWithNull());
    }
    return Uni.join().all(moves).andCollectFailures().replaceWithVoid();
  }

  private void look() {
    try {
      Map<String, String> known = new HashMap<>();
      for (Shard shard : shards) {
        List<VoterCandidate> possible = candidates.apply(shard.number);
        for (VoterCandidate candidate : possible) {
          if (!candidate.peerId().equals(self) && !candidate.address().isEmpty()) {
            known.put(candidate.peerId(), candidate.address());
          }
        }
        if (!possible.isEmpty()) {
          shard.look(possible);
        }
      }
      addresses.accept(known);
    } catch (RuntimeException e) {
      // The next look is in a second; without this there would be none.
      log.warn("The voters can't be looked at", e);
    }
  }

  /** No further change is begun. */
  @Override
  public void close() {
    scheduler.shutdownNow();
  }

  /** Used on the scheduler's thread, but for the end of a change. */
  private final class Shard {
    private final int number;
    private volatile boolean changing;
    private volatile long quietUntilNanos;
    private @Nullable String betterLeader;
    private long betterSinceNanos;

    Shard(int number) {
      this.number = number;
      this.quietUntilNanos = nanoTime.getAsLong();
    }

    void look(List<VoterCandidate> possible) {
      if (!membership.leads(number)) {
        betterLeader = null;
        return;
      }
      if (changing || nanoTime.getAsLong() - quietUntilNanos < 0) {
        return;
      }
      List<ShardVoter> voters;
      try {
        voters = membership.voters(number);
      } catch (StorageFailure e) {
        // It lost the lead a moment ago.
        return;
      }
      VoterChange change = new VoterPlan(number, self, voters, possible).next();
      Uni<Void> step = step(change);
      if (step != null) {
        begin(change, step);
      }
    }

    private @Nullable Uni<Void> step(VoterChange change) {
      Duration limit = options.changeLimit();
      if (change instanceof VoterChange.Add add) {
        return membership.addVoter(number, add.added().peerId(), add.added().address(), limit);
      }
      if (change instanceof VoterChange.Remove remove) {
        return membership.removeVoter(number, remove.peerId(), limit);
      }
      if (change instanceof VoterChange.Replace replace) {
        VoterCandidate added = replace.added();
        return membership.replaceVoter(
            number, replace.gone(), added.peerId(), added.address(), limit);
      }
      if (change instanceof VoterChange.HandOver move && (move.urgent() || settled(move))) {
        return membership.transferLeadership(number, move.peerId(), options.handOverLimit());
      }
      if (change instanceof VoterChange.None) {
        betterLeader = null;
      }
      return null;
    }

    private boolean settled(VoterChange.HandOver move) {
      long now = nanoTime.getAsLong();
      if (!move.peerId().equals(betterLeader)) {
        betterLeader = move.peerId();
        betterSinceNanos = now;
      }
      return now - betterSinceNanos >= options.settle().toNanos();
    }

    private void begin(VoterChange change, Uni<Void> step) {
      log.info("Shard {}: {}", number, change);
      changing = true;
      step.subscribe()
          .with(
              done -> {
                log.info("Shard {}: done: {}", number, change);
                changing = false;
              },
              failure -> {
                log.warn("Shard {}: {} failed: {}", number, change, failure.toString());
                quietUntilNanos = nanoTime.getAsLong() + options.settle().toNanos();
                changing = false;
              });
    }

    Uni<Void> handOverToAnyone() {
      if (!membership.leads(number)) {
        return Uni.createFrom().voidItem();
      }
      return membership.voters(number).stream()
          .filter(voter -> !voter.peerId().equals(self))
          .min(Comparator.comparingLong(ShardVoter::silentMs).thenComparingLong(ShardVoter::behind))
          .map(
              voter ->
                  membership.transferLeadership(number, voter.peerId(), options.handOverLimit()))
          .orElseGet(() -> Uni.createFrom().voidItem());
    }
  }
}
