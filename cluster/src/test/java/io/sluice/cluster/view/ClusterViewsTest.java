package io.sluice.cluster.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.cluster.member.NodeListener;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ClusterState;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.NodeHint;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClusterViewsTest {
  /** Asks by itself only at the start: everything else must be caused. */
  private static final ViewOptions SELDOM =
      new ViewOptions(Duration.ofMinutes(10), Duration.ofSeconds(2), Duration.ofMillis(1));

  private static final ViewOptions OFTEN =
      new ViewOptions(Duration.ofMillis(20), Duration.ofSeconds(2), Duration.ofMillis(1));

  private final Vertx vertx = Vertx.vertx();
  private final Shard0 shard0 = new Shard0();
  private final List<Long> shown = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @Test
  void current_followsTheRevision_andListenersHearEachOnce() {
    ClusterViews views = views(OFTEN);
    assertThat(views.current().revision()).isZero();
    views.start();
    for (long revision = 1; revision <= 3; revision++) {
      shard0.revision.set(revision);
      long expected = revision;
      await().until(() -> views.current().revision() == expected);
    }
    assertThat(shown).containsExactly(1L, 2L, 3L);
    assertThat(shard0.known).contains(0L, 1L, 2L, 3L);
  }

  @Test
  void current_olderAnswer_neverGoesBack() {
    shard0.revision.set(5);
    ClusterViews views = views(OFTEN);
    views.start();
    await().until(() -> views.current().revision() == 5);
    shard0.revision.set(4);
    int asked = shard0.asked.get();
    await().until(() -> shard0.asked.get() > asked + 2);
    assertThat(views.current().revision()).isEqualTo(5);
    assertThat(shown).containsExactly(5L);
  }

  @Test
  void listenerThatFails_doesNotEndTheAsking() {
    ClusterViews views = views(OFTEN);
    views.addListener(
        view -> {
          throw new IllegalArgumentException("not an address of the form HOST:PORT");
        });
    views.start();
    shard0.revision.set(1);
    await().until(() -> views.current().revision() == 1);
    shard0.revision.set(2);
    await().until(() -> views.current().revision() == 2);
  }

  @Test
  void hinted_newerRevision_asksAtOnce_olderDoesNot() {
    shard0.revision.set(5);
    ClusterViews views = views(SELDOM);
    views.start();
    await().until(() -> views.current().revision() == 5);
    views.hinted(5);
    views.hinted(4);
    shard0.revision.set(6);
    views.hinted(6);
    await().until(() -> views.current().revision() == 6);
    assertThat(shard0.asked).hasValue(2);
  }

  @Test
  void following_hintOfAnotherCluster_isNotFollowed() {
    shard0.revision.set(5);
    ClusterViews views = views(SELDOM);
    views.start();
    await().until(() -> views.current().revision() == 5);
    shard0.revision.set(6);
    NodeListener listener = views.following("mine");
    NodeHint hint = NodeHint.newBuilder().setClusterRevision(6).setClusterId("other").build();
    listener.seen(hint);
    assertThat(shard0.asked).hasValue(1);
    listener.seen(hint.toBuilder().setClusterId("mine").build());
    await().until(() -> views.current().revision() == 6);
    assertThat(shard0.asked).hasValue(2);
  }

  @Test
  void lookAgain_duringAQuestion_asksOnceMoreAndNeverTwoAtOnce() {
    CompletableFuture<Answer> held = new CompletableFuture<>();
    shard0.held = held;
    ClusterViews views = views(SELDOM);
    views.start();
    await().until(() -> shard0.asked.get() == 1);
    for (int i = 0; i < 100; i++) {
      views.lookAgain();
    }
    shard0.held = null;
    shard0.revision.set(2);
    held.complete(answer(1));
    await().until(() -> views.current().revision() == 2);
    assertThat(shard0.asked).hasValue(2);
  }

  @Test
  void failure_isOvercome() {
    shard0.failing = true;
    ClusterViews views = views(OFTEN);
    views.start();
    await().until(() -> shard0.asked.get() > 2);
    shard0.revision.set(1);
    shard0.failing = false;
    await().until(() -> views.current().revision() == 1);
  }

  @Test
  void await_revisionThatComes_completes() {
    ClusterViews views = views(SELDOM);
    views.start();
    await().until(() -> shard0.asked.get() == 1);
    shard0.revision.set(3);
    assertThat(
            views.await(2, Duration.ofSeconds(5)).await().atMost(Duration.ofSeconds(5)).revision())
        .isEqualTo(3);
  }

  @Test
  void await_revisionThatDoesNotCome_isUnavailable() {
    ClusterViews views = views(OFTEN);
    views.start();
    assertThatThrownBy(
            () -> views.await(9, Duration.ofMillis(100)).await().atMost(Duration.ofSeconds(5)))
        .isInstanceOf(StorageFailure.Unavailable.class);
  }

  @Test
  void stop_whoWaitsIsTold() {
    ClusterViews views = views(SELDOM);
    views.start();
    CompletableFuture<ClusterView> waiting =
        views.await(9, Duration.ofMinutes(1)).subscribeAsCompletionStage();
    views.stop();
    assertThat(waiting).failsWithin(Duration.ofSeconds(5));
  }

  private ClusterViews views(ViewOptions options) {
    ClusterViews views = new ClusterViews(shard0, vertx, options, new SimpleMeterRegistry());
    views.addListener(view -> shown.add(view.revision()));
    return views;
  }

  private static Answer answer(long revision) {
    return Answer.newBuilder().setCluster(ClusterState.newBuilder().setRevision(revision)).build();
  }

  private static final class Shard0 implements MetadataStore {
    final AtomicLong revision = new AtomicLong();
    final AtomicInteger asked = new AtomicInteger();
    final List<Long> known = new CopyOnWriteArrayList<>();
    volatile boolean failing;
    volatile CompletableFuture<Answer> held;

    @Override
    public int shardCount() {
      return 1;
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      asked.incrementAndGet();
      known.add(query.getGetCluster().getKnownRevision());
      if (failing) {
        return Uni.createFrom()
            .failure(new StorageFailure.Unavailable("no leader", Duration.ZERO, null));
      }
      CompletableFuture<Answer> wait = held;
      return wait != null
          ? Uni.createFrom().completionStage(wait)
          : Uni.createFrom().item(answer(revision.get()));
    }
  }
}
