package io.sluice.cluster.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cluster.metadata.RoutedMetadataStore;
import io.sluice.storage.MetadataPeer;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.TrimChanges;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Metadata routed over the channel itself, whose server goes away between a command and its answer.
 */
class FailoverTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Command COMMAND =
      Command.newBuilder().setTrimChanges(TrimChanges.newBuilder().setBelowIndex(1)).build();

  private final ChannelFixture one = new ChannelFixture();
  private final ChannelFixture two = new ChannelFixture();
  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private final Map<String, MetadataPeer> peers =
      Map.of("one", one.node.metadata(), "two", two.node.metadata());
  private final RoutedMetadataStore store =
      new RoutedMetadataStore(1, null, () -> peers, timers, System::nanoTime);

  @AfterEach
  void close() {
    timers.shutdownNow();
    one.close();
    two.close();
  }

  private static Outcome at(long index) {
    return Outcome.newBuilder()
        .setPosition(LogPosition.newBuilder().setIndex(index))
        .setShardTimeMs(1_000_000)
        .build();
  }

  @Test
  void submit_leaderGoneAfterItApplied_theNextGivesTheOutcomeOfTheSameId() {
    Answer status = Answer.newBuilder().setShardTimeMs(1_000_000).build();
    one.peer.answer = Uni.createFrom().item(status);
    two.peer.answer = Uni.createFrom().failure(() -> new StorageFailure.NotLeader(0, "one"));
    two.peer.outcome = Uni.createFrom().failure(() -> new StorageFailure.NotLeader(0, "one"));
    Map<Object, Outcome> applied = new ConcurrentHashMap<>();
    one.peer.outcome =
        Uni.createFrom()
            .emitter(
                neverAnswered -> {
                  applied.put(id(one), at(applied.size() + 1));
                  two.peer.outcome =
                      Uni.createFrom().item(() -> applied.computeIfAbsent(id(two), id -> at(99)));
                  var unused = one.server.stop(Duration.ofMillis(1));
                });

    Outcome outcome = store.submit(0, COMMAND, LIMIT).await().atMost(LIMIT.plusSeconds(5));

    assertThat(outcome.getPosition().getIndex()).isEqualTo(1);
    assertThat(applied).hasSize(1);
  }

  private static Object id(ChannelFixture at) {
    Command command = at.peer.lastCommand;
    return command == null ? "none" : command.getCommandId();
  }
}
