package io.sluice.cluster.layout;

import io.sluice.storage.proto.NodeIdentity;
import io.sluice.storage.proto.NodeRecord;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks nodes who they are, and believes their answers more than their hints.
 *
 * <p>Hints may be lost while the node is well, or be kept from arriving by whoever can reach
 * Hazelcast, who can also go on sending those of a node that is dead. So a node of which none
 * arrive is asked each second on the authenticated channel, and is up if it answers; one whose
 * hints do arrive is asked too, rarely, and counts as silent when it was asked in vain several
 * times in a row. From then on only an answer brings it back.
 *
 * <p>{@link #look} is to be called every {@link #INTERVAL}; silence that this process slept through
 * does not count. Any thread.
 */
public final class ProbedLiveness implements Liveness {
  /** From one question to the next, to a node of which no hints arrive. */
  public static final Duration INTERVAL = Duration.ofSeconds(1);

  /**
   * The same to a node whose hints do arrive: a fifth more or less, so that not all ask at once.
   */
  static final Duration CHECK_INTERVAL = Duration.ofSeconds(30);

  /** From a question in vain to the next, while the hints are still believed. */
  static final Duration CHECK_AGAIN = Duration.ofSeconds(4);

  /** So many questions in vain, one after the other, count for more than hints. */
  static final int IN_VAIN_MAX = 3;

  /** Hints of a node that answers are late after that, and it is not they that are on their way. */
  static final Duration REPORT_LATE = Duration.ofSeconds(10);

  /** Questions to nodes whose hints arrive that are under way at the same time. */
  private static final int CHECKS_MAX = 16;

  /** Between two questions with the same outcome; after more than that it begins anew. */
  private static final Duration GAP_MAX = Duration.ofSeconds(10);

  /** How a node stands with this one. */
  public enum Standing {
    /** Its hints arrive. */
    HEARD,
    /** It is known or answers, and its first hints are still to come. */
    JOINED,
    /** It answers, but its hints do not arrive. */
    UNHEARD,
    /** Its hints arrive, but it does not answer. */
    UNANSWERING,
    /** Neither. */
    SILENT
  }

  /** Questions one after the other that had the same outcome. */
  private record Streak(boolean answered, int count, long sinceNanos, long lastNanos) {
    static Streak after(@Nullable Streak before, boolean answered, long now) {
      return before == null
              || before.answered != answered
              || now - before.lastNanos > GAP_MAX.toNanos()
          ? new Streak(answered, 1, now, now)
          : new Streak(answered, before.count + 1, before.sinceNanos, now);
    }
  }

  private final Liveness hints;
  private final Supplier<? extends Collection<NodeRecord>> registered;
  private final Function<NodeRecord, Uni<NodeIdentity>> ask;
  private final LongSupplier nanoTime;
  private final Map<String, Streak> streaks = new ConcurrentHashMap<>();
  private final Map<String, Long> dueNanos = new ConcurrentHashMap<>();
  private final Set<String> heardOnce = ConcurrentHashMap.newKeySet();
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();
  private final AtomicInteger checks = new AtomicInteger();

  /**
   * @param registered all other nodes of the cluster
   * @param ask asks a node who it is, over the internal channel, whatever has become of other calls
   *     to it; bounded in time, to less than the ten seconds after which silence begins anew
   * @param nanoTime a monotonic clock
   */
  public ProbedLiveness(
      Liveness hints,
      Supplier<? extends Collection<NodeRecord>> registered,
      Function<NodeRecord, Uni<NodeIdentity>> ask,
      LongSupplier nanoTime) {
    this.hints = hints;
    this.registered = registered;
    this.ask = ask;
    this.nanoTime = nanoTime;
  }

  /** Asks all that are silent, and of the others those whose turn it is. Returns at once. */
  public void look() {
    Collection<NodeRecord> all = registered.get();
    forgetAllBut(all.stream().map(NodeRecord::getName).collect(Collectors.toSet()));
    for (NodeRecord node : all) {
      String name = node.getName();
      if (!hints.isUp(name)) {
        question(node, () -> {});
        continue;
      }
      heardOnce.add(name);
      if (isOverruled(name)) {
        question(node, () -> {});
      } else if (isDue(name) && checks.get() < CHECKS_MAX) {
        checks.incrementAndGet();
        question(node, checks::decrementAndGet);
      }
    }
  }

  private void forgetAllBut(Set<String> names) {
    streaks.keySet().retainAll(names);
    dueNanos.keySet().retainAll(names);
    heardOnce.retainAll(names);
  }

  private boolean isDue(String name) {
    long now = nanoTime.getAsLong();
    long spread = ThreadLocalRandom.current().nextLong(CHECK_INTERVAL.toNanos());
    return now - dueNanos.computeIfAbsent(name, first -> now + spread) >= 0;
  }

  private void question(NodeRecord node, Runnable ended) {
    String name = node.getName();
    if (!underWay.add(name)) {
      ended.run();
      return;
    }
    ask.apply(node)
        .onTermination()
        .invoke(
            () -> {
              underWay.remove(name);
              ended.run();
            })
        .subscribe()
        .with(who -> came(name, isAtWork(node, who)), failure -> came(name, false));
  }

  /**
   * Another may answer at its address, or it itself after it lost its disk, or while it starts: one
   * that hangs there, or is started again and again, must not count as alive for ever.
   */
  private static boolean isAtWork(NodeRecord node, NodeIdentity who) {
    return who.getName().equals(node.getName())
        && who.getIncarnation().equals(node.getIncarnation())
        && !who.getStarting();
  }

  private void came(String name, boolean answered) {
    long now = nanoTime.getAsLong();
    long fifth = CHECK_INTERVAL.toNanos() / 5;
    long jitter = ThreadLocalRandom.current().nextLong(-fifth, fifth + 1);
    dueNanos.put(
        name, now + (answered ? CHECK_INTERVAL.toNanos() + jitter : CHECK_AGAIN.toNanos()));
    if (answered && hints.isUp(name)) {
      // Nothing to note. If its hints end it is asked again before it counts as up without them.
      streaks.remove(name);
    } else {
      streaks.compute(name, (same, before) -> Streak.after(before, answered, now));
    }
  }

  /** What the newest questions brought; null when there were none lately. */
  private @Nullable Streak fresh(String node) {
    Streak streak = streaks.get(node);
    return streak == null || nanoTime.getAsLong() - streak.lastNanos > GAP_MAX.toNanos()
        ? null
        : streak;
  }

  private boolean isOverruled(String node) {
    Streak streak = fresh(node);
    return streak != null && !streak.answered && streak.count >= IN_VAIN_MAX;
  }

  /** How a node stands. Cheap. */
  public Standing standing(String node) {
    if (hints.isUp(node)) {
      return isOverruled(node) ? Standing.UNANSWERING : Standing.HEARD;
    }
    Streak streak = fresh(node);
    if (streak == null) {
      return streaks.containsKey(node) || heardOnce.contains(node)
          ? Standing.SILENT
          : Standing.JOINED;
    }
    if (!streak.answered) {
      return Standing.SILENT;
    }
    Duration answering = Duration.ofNanos(nanoTime.getAsLong() - streak.sinceNanos);
    boolean late =
        answering.compareTo(REPORT_LATE) >= 0 && hints.silentFor(node).compareTo(REPORT_LATE) >= 0;
    return late ? Standing.UNHEARD : Standing.JOINED;
  }

  @Override
  public boolean isUp(String node) {
    Streak streak = fresh(node);
    return hints.isUp(node) ? !isOverruled(node) : streak != null && streak.answered;
  }

  @Override
  public Duration silentFor(String node) {
    Streak streak = fresh(node);
    if (isUp(node) || streak == null) {
      return Duration.ZERO;
    }
    return Duration.ofNanos(nanoTime.getAsLong() - streak.sinceNanos);
  }
}
