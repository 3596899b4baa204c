package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.objective.ObjectiveWatch;
import io.sluice.recovery.objective.RecoveryOutlook;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.testkit.TestClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An objective that is missed is told once, whoever leads. */
class ObjectiveAlertsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;

  private final TestClock clock = new TestClock();
  private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(2);
  private final List<String> posts = new CopyOnWriteArrayList<>();
  private LiveMetadata metadata;
  private TargetRecords records;
  private HttpServer server;

  @BeforeEach
  void open() throws Exception {
    metadata = LiveMetadata.open(directory, 1, clock);
    records = new TargetRecords(metadata.store());
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          posts.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void close() throws IOException {
    server.stop(0);
    timers.shutdownNow();
    metadata.close();
  }

  private ObjectiveWatch watch(AtomicBoolean leads, AtomicReference<List<RecoveryOutlook>> heard) {
    BackupGround ground =
        new BackupGround(
            metadata.store(),
            new NoChunks(),
            UUID.randomUUID(),
            "n1",
            leads::get,
            target -> {
              throw new IOException("nothing is read here");
            },
            Runnable::run,
            timers,
            clock);
    ObjectiveWatch watch = new ObjectiveWatch(ground, Duration.ofMillis(100), heard::set);
    watch.start();
    return watch;
  }

  @Test
  void rpoMissed_isToldOnce_alsoByTheNextThatLeads() throws IOException {
    TargetRecord target =
        TargetRecord.newBuilder()
            .setName("disk")
            .setUrl("file:///nowhere")
            .setRpoSeconds(3_600)
            .setAlertUrl("http://127.0.0.1:" + server.getAddress().getPort() + "/hook")
            .build();
    await(records.put(target, 0));
    AtomicBoolean leads = new AtomicBoolean(true);
    AtomicReference<List<RecoveryOutlook>> heard = new AtomicReference<>(List.of());
    try (ObjectiveWatch first = watch(leads, heard)) {
      Awaitility.await().atMost(PATIENCE).until(() -> heard.get().size() == 1);
      assertThat(posts).isEmpty();
      clock.jump(Duration.ofHours(2));
      Awaitility.await()
          .atMost(PATIENCE)
          .until(() -> await(records.find("disk")).getAlerts().getRpo());
      assertThat(posts).hasSize(1);
      JsonNode told = new ObjectMapper().readTree(posts.get(0));
      assertThat(told.path("event").asText()).isEqualTo("rpo-missed");
      assertThat(told.path("target").asText()).isEqualTo("disk");
      assertThat(told.path("ageSeconds").asLong()).isBetween(7_200L, 7_260L);
      leads.set(false);
      Awaitility.await().atMost(PATIENCE).until(() -> heard.get().isEmpty());
    }
    AtomicReference<List<RecoveryOutlook>> next = new AtomicReference<>(List.of());
    try (ObjectiveWatch second = watch(new AtomicBoolean(true), next)) {
      Awaitility.await().atMost(PATIENCE).until(() -> next.get().size() == 1);
      Awaitility.await()
          .during(Duration.ofSeconds(1))
          .atMost(PATIENCE)
          .until(() -> posts.size() == 1);
      assertThat(next.get().get(0).missesRpo()).isTrue();
    }
  }
}
