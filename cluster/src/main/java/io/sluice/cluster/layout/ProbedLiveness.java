package io.sluice.cluster.layout;

import io.sluice.storage.proto.NodeIdentity;
import io.sluice.storage.proto.NodeRecord;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Asks nodes of which no hints arrive who they are. Hints may be lost while the node is well, or be
 * kept from arriving by whoever can reach Hazelcast: a node counts as silent only for as long as it
 * does not answer on the authenticated channel either. Whether it is up is left to the hints, which
 * notice sooner and decide nothing that costs.
 *
 * <p>{@link #look} is to be called every {@link #INTERVAL}; silence that this process slept through
 * does not count. Any thread.
 */
public final class ProbedLiveness implements Liveness {
  /** From one question to the next. */
  public static final Duration INTERVAL = Duration.ofSeconds(1);

  /** Between two questions that were in vain; after more than that silence begins anew. */
  private static final Duration GAP_MAX = Duration.ofSeconds(10);

  private record Unanswered(long sinceNanos, long lastNanos) {}

  private final Liveness hints;
  private final Supplier<? extends Collection<NodeRecord>> registered;
  private final Function<NodeRecord, Uni<NodeIdentity>> ask;
  private final LongSupplier nanoTime;
  private final Map<String, Unanswered> unanswered = new ConcurrentHashMap<>();
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();

  /**
   * @param registered all nodes of the cluster
   * @param ask asks a node who it is, over the internal channel; bounded in time
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

  /** Asks all that are silent. Returns at once. */
  public void look() {
    for (NodeRecord node : registered.get()) {
      String name = node.getName();
      if (hints.isUp(name)) {
        unanswered.remove(name);
      } else if (underWay.add(name)) {
        ask.apply(node)
            .onTermination()
            .invoke(() -> underWay.remove(name))
            .subscribe()
            .with(who -> answered(node, who), failure -> inVain(name));
      }
    }
  }

  private void answered(NodeRecord node, NodeIdentity who) {
    // Another may have come to its address.
    if (who.getName().equals(node.getName())
        && who.getIncarnation().equals(node.getIncarnation())) {
      unanswered.remove(node.getName());
    } else {
      inVain(node.getName());
    }
  }

  private void inVain(String name) {
    long now = nanoTime.getAsLong();
    unanswered.compute(
        name,
        (same, before) ->
            before == null || now - before.lastNanos > GAP_MAX.toNanos()
                ? new Unanswered(now, now)
                : new Unanswered(before.sinceNanos, now));
  }

  @Override
  public boolean isUp(String node) {
    return hints.isUp(node);
  }

  @Override
  public Duration silentFor(String node) {
    Duration heard = hints.silentFor(node);
    Unanswered asked = unanswered.get(node);
    if (heard.isZero() || asked == null) {
      return Duration.ZERO;
    }
    long now = nanoTime.getAsLong();
    if (now - asked.lastNanos > GAP_MAX.toNanos()) {
      return Duration.ZERO;
    }
    Duration inVain = Duration.ofNanos(now - asked.sinceNanos);
    return heard.compareTo(inVain) < 0 ? heard : inVain;
  }
}
