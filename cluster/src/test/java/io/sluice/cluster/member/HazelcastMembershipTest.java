package io.sluice.cluster.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.cluster.secret.ClusterSecret;
import io.sluice.cluster.secret.NodeCertificates;
import io.sluice.storage.proto.NodeHint;
import io.sluice.testkit.FreePorts;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.shareddata.ClusterSerializable;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Clustered Vert.x instances in one process, with the cluster.xml of the top level. */
class HazelcastMembershipTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final HintOptions FAST =
      new HintOptions(Duration.ofMillis(100), Duration.ofSeconds(2));

  private static final NodeCertificates CERTIFICATES =
      NodeCertificates.make(
          ClusterSecret.of("a secret of the tests of members"), "n", Clock.systemUTC());
  private static final EventBusOptions BUS = BusOptions.of("127.0.0.1", 0, CERTIFICATES);

  private final List<HazelcastMembership> running = new ArrayList<>();
  private final List<String> ports = new ArrayList<>();

  @AfterEach
  void stop() {
    running.forEach(member -> member.stop().await());
  }

  @Test
  void threeNodes_seeEachOther_hearHints_andNoticeOneThatDies() throws IOException {
    reserve(3);
    HazelcastMembership one = start("n1", 0);
    HazelcastMembership two = start("n2", 1);
    HazelcastMembership three = start("n3", 2);
    NodeHints hintsOfOne = hints(one, "n1");
    NodeHints hintsOfTwo = hints(two, "n2");
    hints(three, "n3");
    await().atMost(LONG).until(() -> hintsOfOne.up("n2") && hintsOfOne.up("n3"));
    await().atMost(LONG).until(() -> hintsOfTwo.up("n1") && hintsOfTwo.clocksAgree());
    assertThat(one.members()).extracting(Member::node).containsExactlyInAnyOrder("n1", "n2", "n3");
    assertThat(one.members().stream().filter(Member::self).map(Member::incarnation))
        .containsExactly("incarnation-n1");

    List<String> left = new CopyOnWriteArrayList<>();
    one.addListener(
        new MemberListener() {
          @Override
          public void left(Member member) {
            left.add(member.node());
          }
        });
    running.remove(three);
    three.stop().await();
    await().atMost(LONG).untilAsserted(() -> assertThat(left).containsExactly("n3"));
    await().atMost(LONG).until(() -> !hintsOfOne.up("n3"));
    assertThat(hintsOfOne.up("n2")).isTrue();
  }

  /**
   * As in containers and in most data centres. Linux has all of 127.0.0.0/8, so it can be tried.
   */
  @Test
  @EnabledOnOs(OS.LINUX)
  void join_namesOfNodesWithOtherAddresses_findsThem() throws IOException {
    reserve(1);
    start("n1", 0);
    String byName = ports.get(0).replace("127.0.0.1", "localhost");
    HazelcastMembership two =
        HazelcastMembership.start(
                new MembershipOptions(
                    null,
                    "n2",
                    "i",
                    "secret",
                    ports.get(0).replace("127.0.0.1", "127.0.0.2"),
                    List.of(byName),
                    BUS),
                fewThreads())
            .await();
    running.add(two);
    assertThat(two.members()).extracting(Member::node).containsExactlyInAnyOrder("n1", "n2");
  }

  /** INVARIANTS 13: also what a node says, which the bus lets in, makes no object of its choice. */
  @Test
  void nodeOnTheBus_sendsObjects_noneIsMade() throws IOException {
    reserve(2);
    HazelcastMembership one = start("n1", 0);
    NodeHints hintsOfOne = hints(one, "n1");
    HazelcastInstance joined =
        Hazelcast.newHazelcastInstance(HazelcastConfig.load(options("x", 1, "secret", null)));
    VertxOptions bus = fewThreads();
    bus.setEventBusOptions(new EventBusOptions(BUS));
    Vertx stranger =
        Vertx.builder()
            .with(bus)
            .withClusterManager(new HazelcastClusterManager(joined))
            .buildClustered()
            .await();
    try {
      stranger.eventBus().serializableChecker(name -> true).clusterSerializableChecker(n -> true);
      stranger.eventBus().publish(NodeHints.ADDRESS, new Trap());
      stranger.eventBus().publish(NodeHints.ADDRESS, new ClusterTrap());
      NodeHint hint =
          NodeHint.newBuilder()
              .setName("n2")
              .setIncarnation("i")
              .setInternalAddress("127.0.0.1:7000")
              .setSequence(1)
              .build();
      // Later on the same connection: when this is heard, the others were.
      await()
          .atMost(LONG)
          .until(
              () -> {
                stranger.eventBus().publish(NodeHints.ADDRESS, HintBytes.write(hint));
                return hintsOfOne.up("n2");
              });
      assertThat(Trap.SPRUNG).isFalse();
      assertThat(ClusterTrap.SPRUNG).isFalse();
    } finally {
      stranger.close().await();
      joined.shutdown();
    }
  }

  /** Tells when it is read, which a class on the class path that does harm would not. */
  static final class Trap implements Serializable {
    private static final long serialVersionUID = 1L;
    static final AtomicBoolean SPRUNG = new AtomicBoolean();

    private void readObject(ObjectInputStream in) {
      SPRUNG.set(true);
    }
  }

  /** The same in Vert.x' own way of reading objects. */
  public static final class ClusterTrap implements ClusterSerializable {
    static final AtomicBoolean SPRUNG = new AtomicBoolean();

    @Override
    public void writeToBuffer(Buffer buffer) {
      buffer.appendByte((byte) 1);
    }

    @Override
    public int readFromBuffer(int at, Buffer buffer) {
      SPRUNG.set(true);
      return at + 1;
    }
  }

  @Test
  void joinLeadsToAClusterWithAnotherSecret_isOneClearLine() throws IOException {
    reserve(2);
    HazelcastMembership one = start("n1", 0);
    assertThatThrownBy(
            () -> HazelcastMembership.start(options("x", 1, "other-secret", null), fewThreads()))
        .isInstanceOf(MembershipException.class)
        .hasMessageContaining("(--join) belongs to another cluster")
        .hasMessageContaining(ports.get(0).substring(ports.get(0).indexOf(':')));
    assertThat(one.members()).extracting(Member::node).containsExactly("n1");
  }

  @Test
  void portTaken_isOneClearLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ports.add("127.0.0.1:" + taken.getLocalPort());
      assertThatThrownBy(() -> start("n1", 0))
          .isInstanceOf(MembershipException.class)
          .hasMessageContaining("--hazelcast-address 127.0.0.1:" + taken.getLocalPort())
          .hasMessageContaining("stop it or give another --hazelcast-address");
    }
  }

  @Test
  void busPortTaken_isOneClearLine() throws IOException {
    reserve(1);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      MembershipOptions options =
          new MembershipOptions(
              null,
              "n1",
              "i",
              "s",
              ports.get(0),
              ports,
              BusOptions.of("127.0.0.1", taken.getLocalPort(), CERTIFICATES));
      assertThatThrownBy(() -> HazelcastMembership.start(options, fewThreads()).await())
          .isInstanceOf(MembershipException.class)
          .hasMessageContaining("--bus-address 127.0.0.1:" + taken.getLocalPort());
    }
  }

  @Test
  void configFile_isUsed_andBadOnesAreOneLine(@TempDir Path dir) throws IOException {
    reserve(1);
    Path missing = dir.resolve("missing.xml");
    assertThatThrownBy(() -> HazelcastConfig.load(options("n1", 0, "s", missing)))
        .isInstanceOf(MembershipException.class)
        .hasMessageContaining(missing.toString());
    Path bad = Files.writeString(dir.resolve("bad.xml"), "<hazelcast><what/></hazelcast>");
    assertThatThrownBy(() -> HazelcastConfig.load(options("n1", 0, "s", bad)))
        .isInstanceOf(MembershipException.class)
        .hasMessageContaining(bad.toString())
        .hasMessageNotContaining("\n");
    Path good =
        Files.writeString(
            dir.resolve("good.xml"),
            "<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\">"
                + "<cluster-name>mine</cluster-name></hazelcast>");
    assertThat(HazelcastConfig.load(options("n1", 0, "s", good)).getClusterName())
        .isEqualTo("mine-s");
  }

  @Test
  void builtInConfig_keepsToItself_andHasWhatVertxNeeds() throws IOException {
    reserve(1);
    Config config = HazelcastConfig.load(options("n1", 0, "s", null));
    assertThat(config.getClusterName()).isEqualTo("sluice-s");
    assertThat(config.getNetworkConfig().getJoin().getMulticastConfig().isEnabled()).isFalse();
    assertThat(config.getNetworkConfig().getJoin().getAutoDetectionConfig().isEnabled()).isFalse();
    assertThat(config.getNetworkConfig().isPortAutoIncrement()).isFalse();
    assertThat(config.getProperty("hazelcast.socket.bind.any")).isEqualTo("false");
    assertThat(config.getProperty("hazelcast.phone.home.enabled")).isEqualTo("false");
    assertThat(config.getJetConfig().isEnabled()).isFalse();
    assertThat(config.getMultiMapConfigs()).containsKey("__vertx.subs");
    assertThat(config.getMapConfigs()).containsKeys("__vertx.haInfo", "__vertx.nodeInfo");
    assertThat(config.getSerializationConfig().getJavaSerializationFilterConfig()).isNotNull();
  }

  @Test
  void badAddresses_areOneClearLine() {
    MembershipOptions noPort =
        new MembershipOptions(null, "n1", "i", "s", "localhost", List.of(), BUS);
    assertThatThrownBy(() -> HazelcastConfig.load(noPort))
        .hasMessage("--hazelcast-address 'localhost' is not HOST:PORT");
    MembershipOptions badJoin =
        new MembershipOptions(null, "n1", "i", "s", "127.0.0.1:5701", List.of("a:b"), BUS);
    assertThatThrownBy(() -> HazelcastConfig.load(badJoin))
        .hasMessage("--join 'a:b' is not HOST:PORT");
  }

  private void reserve(int count) {
    FreePorts.some(count).forEach(port -> ports.add("127.0.0.1:" + port));
  }

  private HazelcastMembership start(String node, int port) {
    HazelcastMembership membership =
        HazelcastMembership.start(options(node, port, "secret", null), fewThreads()).await();
    running.add(membership);
    return membership;
  }

  private MembershipOptions options(String node, int port, String secretName, Path file) {
    return new MembershipOptions(
        file, node, "incarnation-" + node, secretName, ports.get(port), ports, BUS);
  }

  private static VertxOptions fewThreads() {
    return new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(2);
  }

  private static NodeHints hints(HazelcastMembership membership, String name) {
    NodeHint own =
        NodeHint.newBuilder()
            .setName(name)
            .setIncarnation("incarnation-" + name)
            .setInternalAddress("127.0.0.1:7000")
            .build();
    NodeHints hints =
        new NodeHints(
            membership.vertx(),
            () -> own,
            () -> Set.of("n1", "n2", "n3"),
            FAST,
            new Clocks(InstantSource.system(), System::nanoTime),
            new SimpleMeterRegistry());
    membership.addListener(hints);
    hints.start().await();
    return hints;
  }
}
