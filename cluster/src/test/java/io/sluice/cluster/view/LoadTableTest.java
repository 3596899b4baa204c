package io.sluice.cluster.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.cluster.member.Clocks;
import io.sluice.cluster.member.HintOptions;
import io.sluice.cluster.member.Member;
import io.sluice.cluster.member.NodeHints;
import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.ChunkReplica.State;
import io.sluice.storage.proto.DiskHint;
import io.sluice.storage.proto.NodeHint;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoadTableTest {
  private final Vertx vertx = Vertx.vertx();
  private final NodeHints hints =
      new NodeHints(
          vertx,
          () -> node("n1").build(),
          () -> Set.of("n1", "n2", "n3"),
          HintOptions.DEFAULT,
          new Clocks(InstantSource.system(), System::nanoTime),
          new SimpleMeterRegistry());
  private final LoadTable loads =
      new LoadTable(
          () ->
              new ClusterView(
                  1,
                  new Layout(0, 0, List.of()),
                  Map.of(),
                  Map.of("d2", "n2", "d3", "n3"),
                  Map.of(),
                  Set.of(),
                  1),
          hints);

  @BeforeEach
  void start() {
    hints.start().await();
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @Test
  void unheardDisk_hasNoLoad_andIsWritableAllTheSame() {
    assertThat(loads.load("d2")).isEmpty();
    assertThat(loads.state("d2")).isEqualTo(State.WRITABLE);
    assertThat(loads.state("unknown")).isEqualTo(State.WRITABLE);
  }

  @Test
  void hint_tellsLoadAndState() {
    say(node("n2").addDisks(disk("d2", 1)));
    await().until(() -> hints.up("n2"));
    assertThat(loads.load("d2")).contains(new ChunkReplica.Load(3, 4_096, 1_000, 10));
    assertThat(loads.state("d2")).isEqualTo(State.READ_ONLY);
  }

  @Test
  void hint_ofAnotherNodesDisk_doesNotCount() {
    say(node("n2").addDisks(disk("d3", 2)));
    await().until(() -> hints.up("n2"));
    assertThat(loads.state("d3")).isEqualTo(State.WRITABLE);
    assertThat(loads.load("d3")).isEmpty();
  }

  @Test
  void nodeThatFellSilent_whatItSaidIsForgotten() {
    say(node("n2").addDisks(disk("d2", 2)));
    await().until(() -> loads.state("d2") == State.FAILED);
    hints.left(new Member("n2", "incarnation-n2", false));
    await().until(() -> !hints.up("n2"));
    assertThat(loads.state("d2")).isEqualTo(State.WRITABLE);
  }

  private void say(NodeHint.Builder hint) {
    vertx.eventBus().publish(NodeHints.ADDRESS, Buffer.buffer(hint.build().toByteArray()));
  }

  private static NodeHint.Builder node(String name) {
    return NodeHint.newBuilder()
        .setName(name)
        .setIncarnation("incarnation-" + name)
        .setInternalAddress("127.0.0.1:7000")
        .setSequence(1);
  }

  private static DiskHint disk(String id, int state) {
    return DiskHint.newBuilder()
        .setId(id)
        .setState(state)
        .setRequestsInFlight(3)
        .setBytesInFlight(4_096)
        .setCapacityBytes(1_000)
        .setFreeBytes(10)
        .build();
  }
}
