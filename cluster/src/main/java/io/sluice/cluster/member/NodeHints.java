package io.sluice.cluster.member;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.storage.proto.DiskHint;
import io.sluice.storage.proto.NodeHint;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Tells the others about this node once a second over the event bus, and keeps what they tell.
 *
 * <p>The bus authenticates nobody and may lose anything (INVARIANTS 13), so a hint decides nothing
 * by itself: it says where to look, and which of several good choices is likely better. Three traps
 * are seen to. A subscription can be lost when two halves merge: a node that no longer hears itself
 * subscribes again. It can fail to reach another node, which then sends nothing: a node that does
 * not hear one that Hazelcast sees subscribes again too. And a process that was stopped for a while
 * finds everyone silent when it goes on: it excuses that once.
 *
 * <p>Everything is done on one event loop; the readers may be called on any thread.
 */
public final class NodeHints implements MemberListener {
  /** Where hints go on the event bus. */
  public static final String ADDRESS = "sluice.hints";

  private static final Logger log = LoggerFactory.getLogger(NodeHints.class);

  /** Clocks further apart than this do not agree (INVARIANTS 7). */
  private static final long CLOCK_DIFFERENCE_MS_MAX = 5_000;

  /** Greetings are not sent more often than this, however many names somebody invents. */
  private static final long GREETING_PAUSE_NS = 100_000_000;

  /** For so many times the silence after a subscription, or after it joined, a node may be new. */
  private static final int UNHEARD_SILENCES = 2;

  /** Ids of timers begin with 0. */
  private static final long NO_TIMER = -1;

  private final Vertx vertx;
  private final Context context;
  private final Supplier<NodeHint> own;
  private final Supplier<Set<String>> registered;
  private final HintOptions options;
  private final Clocks clocks;
  private final HintTable table;
  private final HintMeters meters;
  private final List<NodeListener> listeners = new CopyOnWriteArrayList<>();

  /** Other processes that Hazelcast sees, and since when; on the event loop alone. */
  private final Map<Member, Long> members = new HashMap<>();

  private @Nullable MessageConsumer<Object> consumer;
  private boolean stopped;
  private long sequence;
  private long publishTimer = NO_TIMER;
  private long sweepTimer = NO_TIMER;
  private long publishedNs;
  private long lastSweptNs;
  private long heardSelfNs;
  private long subscribedNs;
  private volatile String name = "";
  private volatile long startedNs;
  private volatile @Nullable NodeHint rival;

  /**
   * @param own what this node says of itself; its sequence and clock are filled in. Called on an
   *     event loop, must not block
   * @param registered the names of the cluster's nodes, this one's too, as the metadata has them;
   *     empty while that is not known. Called on any thread
   */
  public NodeHints(
      Vertx vertx,
      Supplier<NodeHint> own,
      Supplier<Set<String>> registered,
      HintOptions options,
      Clocks clocks,
      MeterRegistry registry) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.own = own;
    this.registered = registered;
    this.options = options;
    this.clocks = clocks;
    this.table = new HintTable(options.silence());
    this.startedNs = clocks.nowNs();
    this.meters = new HintMeters(registry, this);
  }

  /** Listens and begins to publish; completes when the others know that this node listens. */
  public Future<Void> start() {
    Promise<Void> started = Promise.promise();
    context.runOnContext(
        v -> {
          long nowNs = clocks.nowNs();
          startedNs = nowNs;
          lastSweptNs = nowNs;
          name = own.get().getName();
          // Greater than any of an earlier process, unless the clock was set back; then the others
          // believe it once they have found this node silent.
          sequence = Math.max(1, clocks.wallMs());
          sweepTimer = vertx.setPeriodic(options.interval().toMillis() / 2, id -> sweep());
          subscribe().onComplete(started).onComplete(subscribed -> publish());
        });
    return started.future();
  }

  /** Says and hears nothing more. */
  public Future<Void> stop() {
    Promise<Void> unsubscribed = Promise.promise();
    context.runOnContext(
        v -> {
          stopped = true;
          vertx.cancelTimer(publishTimer);
          vertx.cancelTimer(sweepTimer);
          (consumer == null ? Future.<Void>succeededFuture() : consumer.unregister())
              .onComplete(unsubscribed);
        });
    return unsubscribed.future();
  }

  public void addListener(NodeListener listener) {
    listeners.add(listener);
  }

  /** Tells the others now, for example of a newer revision, instead of within a second. */
  public void publishNow() {
    context.runOnContext(v -> publish());
  }

  /** Whether hints of a node arrive. True of this node itself. */
  public boolean up(String node) {
    HintTable.Entry entry = table.get(node);
    return entry == null ? node.equals(name) : entry.up();
  }

  /**
   * For how long nothing was heard of a node: zero while it is up; since this node began to listen
   * if it never was.
   */
  public Duration silentFor(String node) {
    if (up(node)) {
      return Duration.ZERO;
    }
    HintTable.Entry entry = table.get(node);
    long sinceNs = entry == null ? startedNs : entry.arrivedNs();
    return Duration.ofNanos(Math.max(0, clocks.nowNs() - sinceNs));
  }

  /** The newest hint of another node, also of one that fell silent since. */
  public Optional<NodeHint> hint(String node) {
    return Optional.ofNullable(table.get(node)).map(HintTable.Entry::hint);
  }

  /** What another node that is up says of a disk of it. */
  public Optional<DiskHint> disk(String node, String diskId) {
    HintTable.Entry entry = table.get(node);
    return entry == null || !entry.up()
        ? Optional.empty()
        : Optional.ofNullable(entry.disks().get(diskId));
  }

  /** The newest hints of all other nodes that are up. */
  public Collection<NodeHint> all() {
    return table.all().stream().filter(HintTable.Entry::up).map(HintTable.Entry::hint).toList();
  }

  /**
   * The newest hints of some others that are up, others each time: whoever is to be asked over the
   * network because of a hint. Anyone can invent names, and must not have this node knock
   * everywhere.
   */
  public Collection<NodeHint> some(int max) {
    List<NodeHint> shuffled = new ArrayList<>(all());
    Collections.shuffle(shuffled, ThreadLocalRandom.current());
    return shuffled.subList(0, Math.min(max, shuffled.size()));
  }

  /**
   * A hint of another process that claims this node's name; its claim is to be checked over the
   * internal channel.
   */
  public Optional<NodeHint> rival() {
    return Optional.ofNullable(rival);
  }

  /**
   * Whether this node's clock is within 5 s of the clocks of a majority of the cluster's nodes, its
   * own included. While it is not, nothing that hangs on time may be proposed (INVARIANTS 7). A
   * jump of this node's clock shows at once, also before the next hints.
   */
  public boolean clocksAgree() {
    Set<String> nodes = registered.get();
    long agree = nodes.stream().filter(this::agrees).count();
    return agree > nodes.size() / 2;
  }

  private boolean agrees(String node) {
    if (node.equals(name)) {
      return true;
    }
    HintTable.Entry entry = table.get(node);
    if (entry == null || !entry.up()) {
      return false;
    }
    // Saturates: a forged clock may be any number.
    double difference = (double) entry.clockMs() + HintTable.toMs(clocks.nowNs()) - clocks.wallMs();
    return Math.abs(difference) <= CLOCK_DIFFERENCE_MS_MAX;
  }

  /** Whom a starting node asks who they are: all that are up, and a rival for its name. */
  public Collection<NodeHint> candidates() {
    return Stream.concat(all().stream(), rival().stream()).toList();
  }

  int othersUp() {
    return all().size();
  }

  @Override
  public void joined(Member member) {
    context.runOnContext(
        v -> {
          if (!member.self() && members.size() < HintTable.NODES_MAX) {
            members.putIfAbsent(member, clocks.nowNs());
          }
        });
  }

  @Override
  public void left(Member member) {
    context.runOnContext(
        v -> {
          members.remove(member);
          if (table.left(member.node(), member.incarnation())) {
            fellSilent(member.node(), "Hazelcast dropped it");
          }
        });
  }

  @Override
  public void merged() {
    context.runOnContext(v -> resubscribe());
  }

  private Future<Void> subscribe() {
    subscribedNs = clocks.nowNs();
    heardSelfNs = subscribedNs;
    MessageConsumer<Object> subscription = vertx.eventBus().consumer(ADDRESS, this::receive);
    consumer = subscription;
    return subscription.completion();
  }

  private void resubscribe() {
    if (stopped || consumer == null) {
      return;
    }
    meters.resubscribed.increment();
    consumer.unregister();
    subscribe().onFailure(failure -> log.warn("cannot subscribe to hints", failure));
  }

  private void publish() {
    if (stopped) {
      return;
    }
    vertx.cancelTimer(publishTimer);
    long intervalMs = options.interval().toMillis();
    long jitterMs = intervalMs / 10;
    publishTimer =
        vertx.setTimer(
            intervalMs - jitterMs + ThreadLocalRandom.current().nextLong(2 * jitterMs + 1),
            id -> publish());
    NodeHint hint =
        own.get().toBuilder().setSequence(sequence++).setClockMs(clocks.wallMs()).build();
    publishedNs = clocks.nowNs();
    try {
      vertx.eventBus().publish(ADDRESS, HintBytes.write(hint));
      meters.sent.increment();
    } catch (IllegalStateException e) {
      // Vert.x throws "Promise already completed" when a write fails on a connection that it does
      // not know to be closed yet: OutboundDeliveryContext.tryFail always says false, which
      // Promise.fail takes for a second completion. Nodes after that one miss this hint.
      meters.cutShort.increment();
      log.debug("a hint did not go to all nodes", e);
    }
  }

  private void receive(Message<Object> message) {
    NodeHint hint = HintBytes.read(message.body());
    if (hint == null) {
      meters.malformed.increment();
      return;
    }
    if (hint.getName().equals(name)) {
      receiveOwnName(hint);
      return;
    }
    HintTable.Verdict verdict = table.accept(hint, registered.get(), clocks.nowNs());
    meters.of(verdict).increment();
    if (verdict == HintTable.Verdict.CAME_UP) {
      log.atLevel(level(hint.getName(), Level.INFO))
          .log("node {} is up, at {}", hint.getName(), hint.getInternalAddress());
      listeners.forEach(listener -> listener.cameUp(hint.getName()));
      if (clocks.nowNs() - publishedNs > GREETING_PAUSE_NS) {
        // Who just came knows nobody yet, and may wait for that.
        publish();
      }
    }
    if (verdict == HintTable.Verdict.CAME_UP || verdict == HintTable.Verdict.NEWER) {
      listeners.forEach(listener -> listener.seen(hint));
    }
  }

  /** Anyone can invent names: those must not fill the log. */
  private Level level(String node, Level ofRegistered) {
    return registered.get().contains(node) ? ofRegistered : Level.DEBUG;
  }

  private void receiveOwnName(NodeHint hint) {
    NodeHint self = own.get();
    if (hint.getIncarnation().equals(self.getIncarnation())
        && hint.getInternalAddress().equals(self.getInternalAddress())) {
      heardSelfNs = clocks.nowNs();
    } else {
      meters.of(HintTable.Verdict.RIVAL).increment();
      rival = hint;
    }
  }

  private void sweep() {
    long nowNs = clocks.nowNs();
    long silenceNs = options.silence().toNanos();
    if (nowNs - lastSweptNs > silenceNs / 2) {
      log.warn("this process stood still for {} ms", HintTable.toMs(nowNs - lastSweptNs));
      table.excuseSilence(nowNs);
      heardSelfNs = nowNs;
    }
    lastSweptNs = nowNs;
    table.sweep(registered.get(), nowNs).forEach(node -> fellSilent(node, "no hint of it arrives"));
    if (nowNs - heardSelfNs > silenceNs) {
      log.warn("own hints do not come back: subscribing again");
      resubscribe();
    } else if (nowNs - subscribedNs > UNHEARD_SILENCES * silenceNs && hasUnheard(nowNs)) {
      log.info("a node has joined and no hint of it arrives: subscribing again");
      resubscribe();
    }
  }

  /** Who was never told that this node listens sends it nothing, and hears of it when it is new. */
  private boolean hasUnheard(long nowNs) {
    long unheardNs = UNHEARD_SILENCES * options.silence().toNanos();
    return members.entrySet().stream()
        .anyMatch(each -> nowNs - each.getValue() > unheardNs && !isHeard(each.getKey().node()));
  }

  private boolean isHeard(String node) {
    return node.equals(name) ? rival != null : up(node);
  }

  private void fellSilent(String node, String why) {
    log.atLevel(level(node, Level.WARN)).log("node {} is silent: {}", node, why);
    listeners.forEach(listener -> listener.fellSilent(node));
  }
}
