package io.sluice.cluster.member;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.Config;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.BindException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process' part in Hazelcast, and the Vert.x that is clustered by it. The only home of
 * Hazelcast.
 *
 * <p>Open-source Hazelcast authenticates nobody: whoever reaches its port can join, list members,
 * and change where the event bus looks for them (INVARIANTS 13). So members are places to look, and
 * messages are hints; both are checked over the internal channel before anything depends on them.
 * The bus itself takes and makes connections to nodes of the cluster only, and no message that
 * would be turned into objects of a class its sender names.
 */
public final class HazelcastMembership {
  private static final Logger log = LoggerFactory.getLogger(HazelcastMembership.class);

  /** To a bus of another node; in it at most a few hints wait. */
  private static final int BUS_CONNECT_TIMEOUT_MS = 2_000;

  /** Hosts that others can't be told. */
  private static final Set<String> UNSAID = Set.of("0.0.0.0", "::");

  private static final long BUS_PING_MS = 5_000;
  private static final String LOGGING = "hazelcast.logging.type";

  private final HazelcastInstance hazelcast;
  private final Vertx vertx;
  private final List<MemberListener> listeners = new CopyOnWriteArrayList<>();

  private HazelcastMembership(HazelcastInstance hazelcast, Vertx vertx) {
    this.hazelcast = hazelcast;
    this.vertx = vertx;
  }

  /**
   * Starts Hazelcast and a Vert.x over it. Blocks the calling thread while Hazelcast starts, about
   * a second, or until its attempts to join end (30 s): for start-up only.
   *
   * @param vertxOptions of the Vert.x; its event-bus options are replaced
   * @return fails when the Vert.x cannot be started; with a {@link MembershipException} when the
   *     bus cannot listen
   * @throws MembershipException with one line that says what is wrong
   */
  public static Future<HazelcastMembership> start(
      MembershipOptions options, VertxOptions vertxOptions) {
    Config config = HazelcastConfig.load(options);
    HazelcastInstance hazelcast = startHazelcast(config, options);
    VertxOptions clustered = new VertxOptions(vertxOptions);
    EventBusOptions bus = bus(options, hazelcast);
    clustered.setEventBusOptions(bus);
    return Vertx.builder()
        .with(clustered)
        .withClusterManager(new HazelcastClusterManager(hazelcast))
        .buildClustered()
        .map(vertx -> new HazelcastMembership(hazelcast, vertx).listen())
        .recover(failure -> Future.failedFuture(explained(failure, bus)))
        .onFailure(failure -> stopInBackground(hazelcast.getLifecycleService()::terminate));
  }

  private static Throwable explained(Throwable failure, EventBusOptions bus) {
    return failure instanceof BindException || failure instanceof UnknownHostException
        ? new MembershipException(
            "can't listen on --bus-address "
                + bus.getHost()
                + ":"
                + bus.getPort()
                + ": "
                + failure.getMessage(),
            failure)
        : failure;
  }

  private static HazelcastInstance startHazelcast(Config config, MembershipOptions options) {
    if (System.getProperty(LOGGING) == null) {
      // The configuration has this too, but is not asked for the first lines.
      System.setProperty(LOGGING, "slf4j");
    }
    ForeignMembers foreign = new ForeignMembers();
    config.addListenerConfig(new ListenerConfig(foreign));
    HazelcastInstance hazelcast = newInstance(config, options);
    hazelcast.getLoggingService().removeLogListener(foreign);
    // The list in the configuration is a guess; who was told where to look meant that cluster.
    Optional<String> other = options.join().isEmpty() ? Optional.empty() : foreign.first();
    if (other.isPresent()) {
      // In order would take seconds, and there is nothing to hand over.
      hazelcast.getLifecycleService().terminate();
      throw new MembershipException(
          other.get()
              + " (--join) belongs to another cluster: its name (cluster.xml) or its secret"
              + " (--cluster-secret-file) differs from this node's",
          null);
    }
    return hazelcast;
  }

  private static HazelcastInstance newInstance(Config config, MembershipOptions options) {
    try {
      return Hazelcast.newHazelcastInstance(config);
    } catch (HazelcastException | IllegalStateException | IllegalArgumentException e) {
      throw new MembershipException(
          "Hazelcast can't start at --hazelcast-address "
              + options.address()
              + ": "
              + e.getMessage()
              + "; if something else listens there, stop it or give another --hazelcast-address",
          e);
    }
  }

  private static EventBusOptions bus(MembershipOptions options, HazelcastInstance hazelcast) {
    EventBusOptions bus = new EventBusOptions(options.bus());
    if (bus.getHost() == null || UNSAID.contains(bus.getHost())) {
      // Where Hazelcast itself is reached; of a wildcard, the address that it chose to tell others.
      bus.setHost(hazelcast.getCluster().getLocalMember().getAddress().getHost());
    }
    bus.setConnectTimeout(BUS_CONNECT_TIMEOUT_MS);
    bus.setClusterPingInterval(BUS_PING_MS).setClusterPingReplyInterval(BUS_PING_MS);
    return bus;
  }

  private HazelcastMembership listen() {
    vertx.eventBus().serializableChecker(name -> false).clusterSerializableChecker(name -> false);
    hazelcast.getCluster().addMembershipListener(new Events());
    hazelcast
        .getLifecycleService()
        .addLifecycleListener(
            event -> {
              if (event.getState() == LifecycleState.MERGED) {
                log.info("found the other half of the cluster again");
                listeners.forEach(MemberListener::merged);
              }
            });
    return this;
  }

  /** The clustered Vert.x; {@link #stop} closes it. */
  public Vertx vertx() {
    return vertx;
  }

  /** Who is there now, this process included. */
  public List<Member> members() {
    return hazelcast.getCluster().getMembers().stream().map(HazelcastMembership::member).toList();
  }

  public void addListener(MemberListener listener) {
    listeners.add(listener);
  }

  /** Closes the Vert.x and leaves, in at most a few seconds. Returns at once. */
  public Future<Void> stop() {
    return vertx.close().eventually(() -> stopInBackground(hazelcast::shutdown));
  }

  /**
   * The same without handing anything over, which a node that was never one of the cluster need not
   * wait for. Returns at once.
   */
  public Future<Void> abandon() {
    return vertx
        .close()
        .eventually(() -> stopInBackground(hazelcast.getLifecycleService()::terminate));
  }

  private static Future<Void> stopInBackground(Runnable leaving) {
    Promise<Void> stopped = Promise.promise();
    Thread thread =
        new Thread(
            () -> {
              leaving.run();
              stopped.complete();
            },
            "sluice-hazelcast-stop");
    thread.setDaemon(true);
    thread.start();
    return stopped.future();
  }

  private static Member member(com.hazelcast.cluster.Member member) {
    return new Member(
        attribute(member, HazelcastConfig.NODE),
        attribute(member, HazelcastConfig.INCARNATION),
        member.localMember());
  }

  private static String attribute(com.hazelcast.cluster.Member member, String name) {
    return Optional.ofNullable(member.getAttribute(name)).orElse("");
  }

  private final class Events implements MembershipListener {
    @Override
    public void memberAdded(MembershipEvent event) {
      Member member = member(event.getMember());
      log.info("node '{}' joined", Printable.of(member.node()));
      listeners.forEach(listener -> listener.joined(member));
    }

    @Override
    public void memberRemoved(MembershipEvent event) {
      Member member = member(event.getMember());
      log.info("node '{}' left", Printable.of(member.node()));
      listeners.forEach(listener -> listener.left(member));
    }
  }
}
