package io.sluice.cluster.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.NodeHint;
import io.sluice.storage.proto.NodeIdentity;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClusterFormationTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private final Map<String, NodeIdentity> there = new ConcurrentHashMap<>();
  private final AtomicInteger rounds = new AtomicInteger();
  private final AtomicInteger probes = new AtomicInteger();
  private StartingNode starting = starting();
  private List<String> otherMembers = List.of();
  private volatile Runnable afterRound = () -> {};

  @Test
  void create_onlyAfterASecondRoundAgrees() {
    there.put("h2:1", identity("n2", ""));
    assertThat(formation(() -> List.of(hint("n2", "h2:1"))).decide().await().atMost(LIMIT))
        .isEqualTo(new Formation.Create(0));
    assertThat(rounds).hasValue(1);
  }

  @Test
  void create_memberShowsUpInTheSecondRound_isJoined() {
    there.put("h2:1", identity("n2", ""));
    afterRound = () -> there.put("h2:1", identity("n2", "cluster-a"));
    Formation decision =
        formation(() -> List.of(hint("n2", "h2:1"))).decide().await().atMost(LIMIT);
    assertThat(decision).isEqualTo(new Formation.Join("cluster-a", 4, 1, "n2", "h2:1"));
  }

  @Test
  void unreachablePeer_isWaitedFor() {
    afterRound =
        () -> {
          if (rounds.get() == 3) {
            there.put("h2:1", identity("n2", ""));
          }
        };
    assertThat(formation(() -> List.of(hint("n2", "h2:1"))).decide().await().atMost(LIMIT))
        .isInstanceOf(Formation.Create.class);
    assertThat(rounds.get()).isGreaterThanOrEqualTo(4);
  }

  @Test
  void floodOfHints_namedPeersAreAskedFirst_andFewOthers() {
    there.put("h2:1", identity("n2", "cluster-a"));
    List<NodeHint> flood =
        IntStream.range(0, 500)
            .mapToObj(i -> i == 499 ? hint("n2", "h2:1") : hint("x" + i, "x:" + (i + 1)))
            .toList();
    assertThat(formation(() -> flood).decide().await().atMost(LIMIT))
        .isInstanceOf(Formation.Join.class);
    assertThat(probes.get()).isLessThanOrEqualTo(ClusterFormation.PROBES_MAX);
  }

  @Test
  void probeThatThrows_isAFailureOfThatAddressOnly() {
    there.put("h2:1", identity("n2", "cluster-a"));
    ClusterFormation formation =
        new ClusterFormation(
            starting(),
            () -> List.of(hint("n3", "h3:1"), hint("n2", "h2:1")),
            () -> List.of(),
            address -> {
              if (address.equals("h3:1")) {
                throw new IllegalStateException("no such thing");
              }
              return Uni.createFrom().item(there.get(address));
            },
            pause -> Uni.createFrom().voidItem());
    assertThat(formation.decide().await().atMost(LIMIT)).isInstanceOf(Formation.Join.class);
  }

  @Test
  void waitsFor_saysForWhom() {
    ClusterFormation formation = formation(() -> List.of(hint("n2", "h2:1")));
    List<String> waits = new ArrayList<>();
    afterRound =
        () -> {
          waits.add(formation.waitsFor());
          there.put("h2:1", identity("n2", "cluster-a"));
        };
    assertThat(formation.waitsFor()).isEmpty();
    assertThat(formation.decide().await().atMost(LIMIT)).isInstanceOf(Formation.Join.class);
    assertThat(waits.get(0)).startsWith("waiting for n2 (h2:1: refused)");
  }

  @Test
  void refusalOf_disksOfTwoClusters_needsNobodyElse() {
    StartingNode node =
        new StartingNode(identity("n1", ""), Set.of("cluster-a", "cluster-b"), List.of(), 0);
    assertThat(ClusterFormation.refusalOf(node).orElseThrow())
        .contains("belong to different clusters: cluster-a, cluster-b");
    assertThat(ClusterFormation.refusalOf(starting())).isEmpty();
  }

  @Test
  void refusalOf_disksOfAnotherClusterThanTheMetadata_needsNobodyElse() {
    StartingNode node =
        new StartingNode(identity("n1", "cluster-a"), Set.of("cluster-b"), List.of(), 0);
    assertThat(ClusterFormation.refusalOf(node).orElseThrow())
        .contains("belong to cluster cluster-b, and the metadata directory to cluster cluster-a");
  }

  @Test
  void open_memberWhoseHintIsToCome_isAskedFirst() {
    starting = new StartingNode(identity("n1", "cluster-b"), Set.of(), List.of(), 0);
    there.put("h2:1", identity("n2", "cluster-a"));
    otherMembers = List.of("n2");
    Formation decision =
        formation(() -> rounds.get() == 0 ? List.of() : List.of(hint("n2", "h2:1")))
            .decide()
            .await()
            .atMost(LIMIT);
    assertThat(decision).isInstanceOf(Formation.Refuse.class);
  }

  @Test
  void open_memberThatNeverSaysAnything_isNotWaitedForLong() {
    starting = new StartingNode(identity("n1", "cluster-b"), Set.of(), List.of(), 0);
    otherMembers = List.of("n2");
    assertThat(formation(List::of).decide().await().atMost(LIMIT))
        .isEqualTo(new Formation.Open("cluster-b"));
    assertThat(rounds).hasValue(2);
  }

  @Test
  void open_alone_isAtOnce() {
    starting = new StartingNode(identity("n1", "cluster-b"), Set.of(), List.of(), 0);
    assertThat(formation(List::of).decide().await().atMost(LIMIT))
        .isEqualTo(new Formation.Open("cluster-b"));
    assertThat(rounds).hasValue(0);
  }

  private ClusterFormation formation(java.util.function.Supplier<Collection<NodeHint>> hints) {
    return new ClusterFormation(
        starting,
        hints,
        () -> otherMembers,
        address -> {
          probes.incrementAndGet();
          NodeIdentity identity = there.get(address);
          return identity == null
              ? Uni.createFrom().failure(new java.io.IOException("refused"))
              : Uni.createFrom().item(identity);
        },
        pause -> {
          rounds.incrementAndGet();
          afterRound.run();
          return Uni.createFrom().voidItem();
        });
  }

  private static StartingNode starting() {
    return new StartingNode(identity("n1", ""), Set.of(), List.of("n1", "n2"), 0);
  }

  private static NodeIdentity identity(String name, String cluster) {
    return NodeIdentity.newBuilder()
        .setName(name)
        .setIncarnation("incarnation-" + name)
        .setClusterId(cluster)
        .setShards(4)
        .setEpoch(1)
        .build();
  }

  private static NodeHint hint(String name, String address) {
    return NodeHint.newBuilder().setName(name).setInternalAddress(address).build();
  }
}
