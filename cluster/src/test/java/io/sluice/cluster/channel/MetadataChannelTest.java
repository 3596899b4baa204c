package io.sluice.cluster.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.ByteString;
import io.sluice.storage.MetadataPeer;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetLayout;
import io.sluice.storage.proto.LayoutRecord;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetadataChannelTest {
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Command COMMAND =
      Command.newBuilder()
          .setCommandId(ByteString.copyFrom(new byte[16]))
          .setPutObject(
              PutObject.newBuilder().setInlineData(ByteString.copyFrom(new byte[100_000])))
          .build();
  private static final Query QUERY =
      Query.newBuilder().setGetLayout(GetLayout.getDefaultInstance()).build();

  private final ChannelFixture channel = new ChannelFixture();
  private final MetadataPeer remote = channel.node.metadata();

  @AfterEach
  void close() {
    channel.close();
  }

  private Throwable submitFailure(Duration deadline) {
    return catchThrowable(
        () -> remote.submit(2, COMMAND, deadline).await().atMost(Duration.ofSeconds(20)));
  }

  @Test
  void submit_outcomeArrives() {
    Outcome outcome =
        Outcome.newBuilder()
            .setPosition(LogPosition.newBuilder().setEpoch(1).setIndex(5))
            .setShardTimeMs(77)
            .build();
    channel.peer.outcome = Uni.createFrom().item(outcome);

    assertThat(remote.submit(2, COMMAND, LIMIT).await().atMost(LIMIT)).isEqualTo(outcome);
    assertThat(channel.peer.lastCommand).isEqualTo(COMMAND);
    assertThat(channel.peer.lastShard).isEqualTo(2);
    assertThat(channel.peer.lastDeadline).isEqualTo(LIMIT);
  }

  @Test
  void query_answerArrives() {
    Answer answer = Answer.newBuilder().setLayout(LayoutRecord.newBuilder().setVersion(3)).build();
    channel.peer.answer = Uni.createFrom().item(answer);

    assertThat(remote.query(0, QUERY, LIMIT).await().atMost(LIMIT)).isEqualTo(answer);
    assertThat(channel.peer.lastQuery).isEqualTo(QUERY);
  }

  @Test
  void submit_notLeader_namesTheLeader() {
    channel.peer.outcome =
        Uni.createFrom().failure(() -> new StorageFailure.NotLeader(2, "node-b-1f"));

    assertThat(submitFailure(LIMIT))
        .isInstanceOfSatisfying(
            StorageFailure.NotLeader.class,
            failure -> assertThat(failure.leader()).isEqualTo("node-b-1f"));
  }

  @Test
  void submit_notLeaderAndNobodyKnown_namesNobody() {
    channel.peer.outcome = Uni.createFrom().failure(() -> new StorageFailure.NotLeader(2, null));

    assertThat(submitFailure(LIMIT))
        .isInstanceOfSatisfying(
            StorageFailure.NotLeader.class, failure -> assertThat(failure.leader()).isNull());
  }

  @Test
  void submit_refusal_arrivesWhole() {
    Refusal refusal =
        Refusal.newBuilder()
            .setCode(RefusalCode.PRECONDITION_FAILED)
            .setMessage("no")
            .putFields("Condition", "If-Match")
            .build();
    channel.peer.outcome = Uni.createFrom().failure(() -> new StorageFailure.Refused(refusal));

    assertThat(submitFailure(LIMIT))
        .isInstanceOfSatisfying(
            StorageFailure.Refused.class,
            failure -> assertThat(failure.refusal()).isEqualTo(refusal));
  }

  @Test
  void submit_failuresOfThePeer_keepWhatTheySayOfTheCommand() {
    for (Throwable failure :
        List.of(
            new StorageFailure.Unavailable("not now", Duration.ofMillis(1500), null),
            new StorageFailure.OutcomeUnknown("who knows", null))) {
      channel.peer.outcome = Uni.createFrom().failure(() -> failure);
      assertThat(submitFailure(LIMIT)).hasSameClassAs(failure).hasMessage(failure.getMessage());
    }
    channel.peer.outcome = Uni.createFrom().failure(() -> new IllegalStateException("a bug"));
    assertThat(submitFailure(LIMIT)).isInstanceOf(StorageFailure.OutcomeUnknown.class);
  }

  @Test
  void submit_noAnswerInTime_isUnknown() {
    channel.peer.outcome = Uni.createFrom().nothing();

    assertThat(submitFailure(Duration.ofMillis(200)))
        .isInstanceOf(StorageFailure.OutcomeUnknown.class);
  }

  @Test
  void submit_serverGoneAfterItWasSent_isUnknown() {
    channel.peer.outcome =
        Uni.createFrom()
            .<Outcome>nothing()
            .onSubscription()
            .invoke(
                () -> {
                  var unused = channel.server.stop(Duration.ofMillis(1));
                });

    assertThat(submitFailure(LIMIT)).isInstanceOf(StorageFailure.OutcomeUnknown.class);
  }

  @Test
  void submit_nobodyListens_isUnavailable() {
    ChannelFixture.await(channel.server.stop(Duration.ofMillis(1)));

    assertThat(submitFailure(LIMIT)).isInstanceOf(StorageFailure.Unavailable.class);
    assertThat(channel.peer.commands).hasValue(0);
  }
}
