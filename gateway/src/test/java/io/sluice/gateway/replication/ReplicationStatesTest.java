package io.sluice.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.gateway.call.BucketView;
import io.sluice.s3.op.ReplicationStatus;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorFailure;
import io.sluice.storage.proto.MirrorPage;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.MirrorRule;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.ReplicationConfiguration;
import io.sluice.storage.proto.ReplicationRule;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a read says of replication, and that it waits for nobody who does not answer. */
class ReplicationStatesTest {
  private static final ReplicationRule RULE =
      ReplicationRule.newBuilder()
          .setId("r")
          .setEnabled(true)
          .setEndpoint("m")
          .setDestination("arn:aws:s3:::there")
          .build();

  private final Deque<UniEmitter<? super Answer>> asked = new ArrayDeque<>();
  private final ReplicationStates states = new ReplicationStates(new Asked());

  private static LogPosition at(long index) {
    return LogPosition.newBuilder().setEpoch(1).setIndex(index).build();
  }

  private static Answer answer(MirrorProgress.Builder progress, String url) {
    MirrorRecord.Builder mirror =
        MirrorRecord.newBuilder()
            .setName("m")
            .setBucketId(7)
            .setUrl(url)
            .setReplication(true)
            .addRules(MirrorRule.newBuilder().setRule(RULE))
            .setProgress(progress);
    return Answer.newBuilder().setMirrors(MirrorPage.newBuilder().addMirrors(mirror)).build();
  }

  private static Answer answer(MirrorProgress.Builder progress) {
    return answer(progress, "s3://there");
  }

  private CompletableFuture<Optional<ReplicationStatus>> of(String key, long index) {
    Bucket bucket =
        Bucket.newBuilder()
            .setId(7)
            .setName("b")
            .setReplication(ReplicationConfiguration.newBuilder().addRules(RULE))
            .build();
    return states
        .of(BucketView.now(bucket), key, ObjectVersion.newBuilder().setVersion(at(index)).build())
        .subscribeAsCompletionStage();
  }

  private static MirrorProgress.Builder failing(boolean underWay) {
    return MirrorProgress.newBuilder()
        .setReadTo(at(9))
        .addFailing(
            MirrorFailure.newBuilder()
                .setKey(ByteString.copyFromUtf8("large"))
                .setUnderWay(underWay));
  }

  @Test
  void of_objectThatTakesLong_isPendingAndOneThatFailsIsFailed() {
    CompletableFuture<Optional<ReplicationStatus>> underWay = of("large", 5);
    asked.remove().complete(answer(failing(true)));
    assertThat(underWay.join()).contains(ReplicationStatus.PENDING);
    states.forget();
    CompletableFuture<Optional<ReplicationStatus>> failed = of("large", 5);
    asked.remove().complete(answer(failing(false)));
    assertThat(failed.join()).contains(ReplicationStatus.FAILED);
  }

  @Test
  void of_placeInAnotherBucketThanTheRuleNames_isPending() {
    CompletableFuture<Optional<ReplicationStatus>> waiting = of("k", 5);
    asked.remove().complete(answer(MirrorProgress.newBuilder().setPosition(at(9)), "s3://other"));
    assertThat(waiting.join()).contains(ReplicationStatus.PENDING);
  }

  /** Shard 0 has no leader: one read waits for that, and no more. */
  @Test
  void of_noAnswer_isTheLastOne_andNobodyWaitsForTheNext() {
    CompletableFuture<Optional<ReplicationStatus>> good = of("k", 5);
    asked.remove().complete(answer(MirrorProgress.newBuilder().setPosition(at(9))));
    assertThat(good.join()).contains(ReplicationStatus.COMPLETED);
    Awaitility.await("the answer is old").until(() -> !of("k", 5).isDone());
    asked.remove().fail(new IllegalStateException("no leader"));
    assertThat(of("k", 5).join()).contains(ReplicationStatus.COMPLETED);
    assertThat(of("k", 10).join()).as("younger").contains(ReplicationStatus.PENDING);
    assertThat(asked).as("a failure is remembered").isEmpty();
    Awaitility.await("it is asked again")
        .until(
            () -> {
              assertThat(of("k", 5)).isCompletedWithValue(Optional.of(ReplicationStatus.COMPLETED));
              return !asked.isEmpty();
            });
    assertThat(of("k", 5)).as("nobody waits").isDone();
    asked.remove().complete(answer(MirrorProgress.newBuilder().setPosition(at(12))));
    assertThat(of("k", 10).join()).contains(ReplicationStatus.COMPLETED);
  }

  @Test
  void of_noAnswerEver_isPending() {
    CompletableFuture<Optional<ReplicationStatus>> first = of("k", 5);
    asked.remove().fail(new IllegalStateException("no leader"));
    assertThat(first.join()).contains(ReplicationStatus.PENDING);
    assertThat(of("k", 5).join()).contains(ReplicationStatus.PENDING);
  }

  /** Answers when the test says so. */
  private final class Asked implements MetadataStore {
    @Override
    public int shardCount() {
      return 1;
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      throw new AssertionError(command);
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      return Uni.createFrom().<Answer>emitter(asked::add);
    }
  }
}
