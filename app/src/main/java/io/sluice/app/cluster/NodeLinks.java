package io.sluice.app.cluster;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.config.ClusterSettings;
import io.sluice.app.node.Blocking;
import io.sluice.app.node.EventLoops;
import io.sluice.app.node.StartupException;
import io.sluice.app.node.Steps;
import io.sluice.cluster.channel.ClientLimits;
import io.sluice.cluster.channel.InternalClient;
import io.sluice.cluster.channel.InternalRoute;
import io.sluice.cluster.channel.InternalServer;
import io.sluice.cluster.channel.ServerLimits;
import io.sluice.cluster.member.BusOptions;
import io.sluice.cluster.member.Clocks;
import io.sluice.cluster.member.HazelcastMembership;
import io.sluice.cluster.member.HintOptions;
import io.sluice.cluster.member.MembershipOptions;
import io.sluice.cluster.member.NodeHints;
import io.sluice.cluster.secret.ClusterSecret;
import io.sluice.cluster.secret.NodeCertificates;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * How this node and the others reach each other: Hazelcast, which finds them, the internal channel
 * in both directions, and hints. Everything ends with the steps that it is opened with.
 *
 * @param client of the internal channel
 * @param nodes the others, through the client
 */
record NodeLinks(
    Steps steps,
    ClusterSettings settings,
    NodeCertificates certificates,
    HazelcastMembership membership,
    InternalClient client,
    RemoteNodes nodes) {
  private static final int SECRET_NAME_BYTES = 8;
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
  private static final Duration LEAVE_LIMIT = Duration.ofSeconds(20);

  /**
   * Finds others, and can call them from now on. Blocks.
   *
   * @param incarnation of this node
   * @param entered whether this node became one of the cluster's, and so has to leave it in order
   */
  static NodeLinks open(
      Steps steps,
      ClusterSettings settings,
      String incarnation,
      ClusterSecret secret,
      NodeCertificates certificates,
      BooleanSupplier entered)
      throws IOException {
    MembershipOptions options =
        new MembershipOptions(
            settings.configFile().orElse(null),
            settings.node(),
            incarnation,
            nameFrom(secret),
            settings.hazelcast().toString(),
            settings.join(),
            BusOptions.of(settings.bus().host(), settings.bus().port(), certificates));
    HazelcastMembership membership =
        steps.push(
            "membership",
            Blocking.await(HazelcastMembership.start(options, EventLoops.options())),
            started ->
                Blocking.await(
                    entered.getAsBoolean() ? started.stop() : started.abandon(), LEAVE_LIMIT));
    InternalClient client =
        steps.push(
            "internal client",
            new InternalClient(membership.vertx(), certificates, clientLimits()),
            opened -> Blocking.await(opened.close(), CLOSE_LIMIT));
    RemoteNodes nodes = steps.push("other nodes", new RemoteNodes(client), RemoteNodes::close);
    return new NodeLinks(steps, settings, certificates, membership, client, nodes);
  }

  /** Only nodes that know the secret know it. */
  private static String nameFrom(ClusterSecret secret) {
    return HexFormat.of()
        .formatHex(secret.derive("name of the cluster's Hazelcast", SECRET_NAME_BYTES));
  }

  private static ClientLimits clientLimits() {
    return ClientLimits.forHeap(Runtime.getRuntime().maxMemory());
  }

  /** The event loops of this node. */
  Vertx vertx() {
    return membership.vertx();
  }

  /** Answers other nodes from now on. Blocks. */
  void listen(SelfNode self, List<InternalRoute> routes) throws IOException {
    InternalServer server =
        new InternalServer(
            vertx(),
            certificates,
            self,
            routes,
            ServerLimits.forHeap(Runtime.getRuntime().maxMemory()));
    try {
      Blocking.await(
          server.start(settings.internal().host(), settings.internal().port(), EventLoops.COUNT));
    } catch (IOException | RuntimeException e) {
      throw new StartupException(
          "can't listen on --internal-address " + settings.internal() + ": " + e.getMessage(), e);
    }
    steps.push(
        "internal server", server, opened -> Blocking.await(opened.stop(CLOSE_LIMIT), LEAVE_LIMIT));
  }

  /**
   * Tells others about this node from now on, and hears of them. Blocks.
   *
   * @param registered names of the cluster's nodes
   */
  NodeHints publish(
      SelfNode self, Supplier<Set<String>> registered, Clock clock, MeterRegistry meters)
      throws IOException {
    NodeHints hints =
        new NodeHints(
            vertx(),
            self::hint,
            registered,
            HintOptions.DEFAULT,
            new Clocks(clock, System::nanoTime),
            meters);
    membership.addListener(hints);
    membership.members().forEach(hints::joined);
    steps.push("hints", hints, opened -> Blocking.await(opened.stop(), CLOSE_LIMIT));
    Blocking.await(hints.start());
    return hints;
  }
}
