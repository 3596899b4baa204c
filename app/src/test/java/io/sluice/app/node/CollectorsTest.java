package io.sluice.app.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.app.config.ServerOptions;
import io.sluice.metadata.gc.GarbageCollector;
import io.sluice.metadata.gc.GcStatus;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Garbage;
import io.sluice.storage.proto.GarbageId;
import io.sluice.storage.proto.GarbagePage;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** INVARIANTS 2 and 4: garbage is forgotten when all who may have it have confirmed. */
class CollectorsTest {
  private static final ChunkId GARBAGE = ChunkId.of(0, 0, 1_000, 1);

  private final List<String> deletedAt = new ArrayList<>();
  private final Map<String, ChunkReplica> disks = new HashMap<>();
  private final OnePage metadata = new OnePage();

  @Test
  void garbage_ofAPartitionThatMoves_isDeletedWhereItMovesToo() {
    disks.put("a", disk("a"));
    disks.put("b", disk("b"));
    assertThat(
            collect(new Layout(2, 1, List.of(List.of("a")), List.of(List.of("b")))).lastFailure())
        .isNull();
    assertThat(deletedAt).containsExactly("a", "b");
    assertThat(metadata.forgotten).isEqualTo(1);
  }

  @Test
  void garbage_onADiskThatThisNodeDoesNotKnow_isNotForgotten() {
    disks.put("a", disk("a"));
    assertThat(collect(new Layout(1, 2, List.of(List.of("a", "b")))).lastFailure())
        .contains("disk b");
    assertThat(metadata.forgotten).isZero();
  }

  @Test
  void garbage_onADiskThatIsAbsent_isNotForgotten() {
    disks.put("a", disk("a"));
    disks.put("b", new AbsentDisk("b", 1, "unplugged"));
    collect(new Layout(1, 2, List.of(List.of("a", "b"))));
    assertThat(deletedAt).containsExactly("a");
    assertThat(metadata.forgotten).isZero();
  }

  private GcStatus collect(Layout layout) {
    try (GarbageCollector collector =
        Collectors.start(
            CommandLine.populateCommand(new ServerOptions()),
            metadata,
            shard -> shard == OnePage.SHARD,
            () -> layout,
            disks::get,
            () -> true,
            Clock.systemUTC(),
            new SimpleMeterRegistry())) {
      return collector.runNow().await().atMost(Duration.ofSeconds(10));
    }
  }

  /** One of which only deletions are asked. */
  private ChunkReplica disk(String id) {
    return (ChunkReplica)
        Proxy.newProxyInstance(
            ChunkReplica.class.getClassLoader(),
            new Class<?>[] {ChunkReplica.class},
            (proxy, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("delete");
              deletedAt.add(id);
              return Future.succeededFuture();
            });
  }

  /** A shard with one thing that nobody refers to any more. */
  private static final class OnePage implements MetadataStore {
    static final int SHARD = 1;
    private int forgotten;

    @Override
    public int shardCount() {
      return 2;
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      forgotten += command.getForgetGarbage().getIdsCount();
      return Uni.createFrom().item(Outcome.getDefaultInstance());
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      Answer.Builder answer = Answer.newBuilder();
      if (query.hasListGarbage()) {
        answer.setGarbage(
            GarbagePage.newBuilder()
                .addItems(
                    Garbage.newBuilder()
                        .setId(GarbageId.newBuilder().setDereferencedMs(1))
                        .addChunkIds(GARBAGE.toByteString())
                        .setComplete(true)));
      }
      return Uni.createFrom().item(answer.build());
    }
  }
}
