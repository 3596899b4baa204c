package io.sluice.recovery.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorFailure;
import io.sluice.storage.proto.MirrorProgress;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Objects that take long, beside others. */
class MirrorSendersTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final LogPosition END = LogPosition.newBuilder().setEpoch(1).setIndex(9).build();

  private final MirrorJournal journal = new MirrorJournal(MirrorProgress.getDefaultInstance());
  private final MirrorSenders senders =
      new MirrorSenders("m", journal, Clock.systemUTC(), Duration.ofMillis(50));
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final List<String> sent = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    goOn.countDown();
    senders.close();
  }

  private MirrorSenders.Task quick(String key) {
    return new MirrorSenders.Task(ByteString.copyFromUtf8(key), each -> sent.add(key));
  }

  private MirrorSenders.Task slow(String key) {
    return new MirrorSenders.Task(
        ByteString.copyFromUtf8(key),
        each -> {
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          sent.add(key);
        });
  }

  private List<String> failing(boolean underWay) {
    return journal.failing().stream()
        .filter(each -> each.getUnderWay() == underWay)
        .map(MirrorFailure::getKey)
        .map(ByteString::toStringUtf8)
        .toList();
  }

  @Test
  void run_oneThatTakesLong_isLeftBehind_andHoldsThePositionUntilItIsThere() throws IOException {
    assertThat(senders.run(List.of(slow("large"), quick("a")))).isFalse();
    journal.readTo(END, 9);
    assertThat(failing(true)).containsExactly("large");
    assertThat(journal.snapshot().hasPosition()).isFalse();

    assertThat(senders.run(List.of(quick("b"), quick("c")))).isTrue();
    assertThat(sent).containsExactlyInAnyOrder("a", "b", "c");

    goOn.countDown();
    await().atMost(LIMIT).until(() -> journal.failing().isEmpty());
    assertThat(journal.snapshot().getPosition()).isEqualTo(END);
  }

  /** Or the older bytes might come last. */
  @Test
  void run_keyThatIsUnderWay_isNotSentTwiceAtOnce_andLookedAtAgainAfterwards() throws IOException {
    assertThat(senders.run(List.of(slow("large")))).isFalse();
    assertThat(senders.run(List.of(quick("large"), quick("a")))).isFalse();
    assertThat(sent).containsExactly("a");
    goOn.countDown();
    await().atMost(LIMIT).until(() -> failing(false).equals(List.of("large")));
    assertThat(senders.run(List.of(quick("large")))).isTrue();
    assertThat(journal.failing()).isEmpty();
  }

  @Test
  void run_moreThatTakeLongThanMayBeLeft_areWaitedFor() throws Exception {
    ExecutorService caller = Executors.newSingleThreadExecutor();
    try {
      List<MirrorSenders.Task> tasks = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        tasks.add(slow("large" + i));
      }
      Future<Boolean> run = caller.submit(() -> senders.run(tasks));
      await().during(Duration.ofMillis(500)).atMost(LIMIT).until(() -> !run.isDone());
      goOn.countDown();
      assertThat(run.get()).isTrue();
      assertThat(sent).hasSize(4);
    } finally {
      caller.shutdownNow();
    }
  }

  @Test
  void run_oneThatTookLongAndFailed_isNamed_andWhatIsOfThePlaceIsThrownLater() throws IOException {
    MirrorSenders.Task denied =
        new MirrorSenders.Task(
            ByteString.copyFromUtf8("bad"),
            key -> {
              slow("bad").work().run(key);
              throw new ObjectProblemException("its bytes are others", null);
            });
    MirrorSenders.Task gone =
        new MirrorSenders.Task(
            ByteString.copyFromUtf8("gone"),
            key -> {
              slow("gone").work().run(key);
              throw new IOException("the endpoint is away");
            });
    assertThat(senders.run(List.of(denied, gone))).isFalse();
    goOn.countDown();
    await().atMost(LIMIT).until(() -> failing(false).size() == 2);
    assertThat(journal.failing())
        .extracting(MirrorFailure::getMessage)
        .contains("its bytes are others");
    assertThatThrownBy(() -> senders.run(List.of(quick("a")))).hasMessage("the endpoint is away");
    assertThat(senders.run(List.of(quick("a")))).isTrue();
  }

  /** Whoever takes over sends it anew. */
  @Test
  void journal_ofARunBefore_hasNothingUnderWay() throws IOException {
    assertThat(senders.run(List.of(slow("large")))).isFalse();
    MirrorJournal next = new MirrorJournal(journal.snapshot());
    assertThat(next.failing()).hasSize(1).noneMatch(MirrorFailure::getUnderWay);
  }
}
