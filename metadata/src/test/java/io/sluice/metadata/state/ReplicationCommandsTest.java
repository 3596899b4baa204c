package io.sluice.metadata.state;

import static io.sluice.metadata.state.Shard.code;
import static io.sluice.metadata.state.TestMirror.at;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.MirrorScope;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ListBuckets;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutBucketReplication;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ReplicationConfiguration;
import io.sluice.storage.proto.ReplicationRule;
import io.sluice.storage.proto.SetWriteGate;
import io.sluice.storage.proto.WriteGate;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bucket's rules, and what its mirrors make of them: nothing is passed over, nothing sent
 * unasked.
 */
class ReplicationCommandsTest {
  private Shard shard;
  private TestMirror mirror;
  private long bucketId;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = Shard.withHistory(directory);
    mirror = new TestMirror(shard);
    bucketId = shard.apply(Commands.createBucket("b", "o")).getBucket().getId();
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private Outcome register(long bucketId) {
    return mirror.put(TestMirror.of("b", bucketId).setReplication(true));
  }

  private static ReplicationRule.Builder rule(String id, String prefix) {
    return ReplicationRule.newBuilder()
        .setId(id)
        .setPrefix(prefix)
        .setEnabled(true)
        .setEndpoint("m")
        .setDestination("arn:sluice:replication::m:there");
  }

  private Outcome put(PutBucketReplication.Builder put, ReplicationRule.Builder... rules) {
    ReplicationConfiguration.Builder configuration = ReplicationConfiguration.newBuilder();
    for (ReplicationRule.Builder rule : rules) {
      configuration.addRules(rule);
    }
    return shard.apply(
        Command.newBuilder()
            .setPutBucketReplication(
                put.setBucketId(bucketId).setName("b").setConfiguration(configuration)));
  }

  private Outcome put(long since, ReplicationRule.Builder... rules) {
    return put(PutBucketReplication.newBuilder().setSince(Shard.at(since)), rules);
  }

  private Outcome clear() {
    return shard.apply(
        Command.newBuilder()
            .setPutBucketReplication(
                PutBucketReplication.newBuilder().setBucketId(bucketId).setName("b")));
  }

  private Bucket bucket() {
    return shard.ask(Queries.bucket("b")).getBucket();
  }

  @Test
  void put_endpointOfNobodyOrAnotherBucket_isRefused() {
    assertThat(code(put(5, rule("r", "")))).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    register(bucketId + 1);
    assertThat(code(put(5, rule("r", "")))).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(bucket().hasReplication()).isFalse();
  }

  @Test
  void put_newRule_beginsWhereTheBucketIsAndComparesNothing() {
    register(bucketId);
    assertThat(code(mirror.take("r0"))).as("nothing to do").isEqualTo(RefusalCode.CONFLICT);
    assertThat(put(5, rule("r", "a/")).hasRefusal()).isFalse();
    assertThat(mirror.get().getRules(0).getSince()).isEqualTo(Shard.at(5));
    assertThat(mirror.get().getProgress().getReadTo()).isEqualTo(Shard.at(5));
    assertThat(mirror.get().getNeeds()).as("changes since are kept").isEqualTo(Shard.at(5));
    assertThat(bucket().getReplication().getRulesCount()).isOne();
    assertThat(
            shard
                .ask(Query.newBuilder().setListBuckets(ListBuckets.getDefaultInstance()))
                .getBuckets()
                .getBuckets(0)
                .hasReplication())
        .as("lists stay short")
        .isFalse();
    assertThat(mirror.take("r1").hasMirror()).isTrue();
  }

  @Test
  void put_oneMoreRule_readsAgainWhatWasReadWithoutIt_andTheRunOfBeforeEnds() {
    register(bucketId);
    put(5, rule("r", "a/"));
    mirror.take("r1");
    mirror.record("r1", at(90));
    put(70, rule("r", "a/"), rule("s", "b/"));
    assertThat(mirror.get().getRules(0).getSince()).as("it was there").isEqualTo(Shard.at(5));
    assertThat(mirror.get().getRules(1).getSince()).isEqualTo(Shard.at(70));
    assertThat(mirror.get().getProgress().getReadTo()).isEqualTo(Shard.at(70));
    assertThat(mirror.get().getProgress().getPosition()).isEqualTo(Shard.at(70));
    assertThat(code(mirror.record("r1", at(95)))).isEqualTo(RefusalCode.MIRROR_TAKEN_OVER);
  }

  /** What waits and what fails is younger than the rule that it waits for, and is still sent. */
  @Test
  void put_anotherIdOrPlace_isTheRuleOfBefore() {
    register(bucketId);
    put(5, rule("rule-1", "a/"));
    mirror.take("r1");
    mirror.record("r1", at(20));
    put(70, rule("rule-1", "b/"), rule("rule-2", "a/").setDeleteMarkers(true));
    assertThat(mirror.get().getRules(0).getSince()).isEqualTo(Shard.at(70));
    assertThat(mirror.get().getRules(1).getSince()).isEqualTo(Shard.at(5));
    assertThat(mirror.get().getProgress().getReadTo()).as("the backlog").isEqualTo(Shard.at(20));
    assertThat(covers("a/x", 30)).isTrue();
    assertThat(covers("b/x", 30)).isFalse();
  }

  @Test
  void put_widerPrefix_isAboutWhatTheRulesOfBeforeWereAbout_andElseAboutWhatIsYounger() {
    register(bucketId);
    put(5, rule("r", "a/"), rule("s", "b/"));
    put(70, rule("t", "").setDeleteMarkers(true));
    assertThat(covers("a/x", 30)).isTrue();
    assertThat(covers("b/x", 30)).isTrue();
    assertThat(covers("c/x", 30)).isFalse();
    assertThat(covers("c/x", 71)).isTrue();
    assertThat(new MirrorScope(mirror.get()).sendsDeletions("a/x")).as("the rule of now").isTrue();
    MirrorRecord before = mirror.get();
    put(90, rule("u", "").setDeleteMarkers(true));
    assertThat(covers("a/x", 30)).isTrue();
    assertThat(covers("c/x", 80)).isTrue();
    assertThat(mirror.get().getRulesCount()).isEqualTo(before.getRulesCount());
  }

  @Test
  void put_lesserPrefix_isAboutWhatTheRuleOfBeforeWasAbout() {
    register(bucketId);
    put(5, rule("r", ""));
    put(70, rule("r", "a/"));
    assertThat(covers("a/x", 30)).isTrue();
    assertThat(covers("b/x", 80)).isFalse();
  }

  @Test
  void put_widerPrefixAfterMoreRulesThanAreKept_comparesSinceTheFirst() {
    register(bucketId);
    ReplicationRule.Builder[] many = new ReplicationRule.Builder[60];
    for (int i = 0; i < many.length; i++) {
      many[i] = rule("r" + i, "p" + i + "/");
    }
    put(5, many);
    mirror.take("r1");
    mirror.record("r1", at(20));
    put(70, rule("r", ""));
    assertThat(covers("p0/x", 30)).isTrue();
    assertThat(covers("p59/x", 30)).isTrue();
    assertThat(mirror.get().getProgress().hasReadTo()).isFalse();
    assertThat(mirror.get().getRulesCount()).isLessThanOrEqualTo(51);
  }

  private boolean covers(String key, long index) {
    return new MirrorScope(mirror.get()).covers(key, Shard.at(index));
  }

  /** What the run of before has under way may still arrive. */
  @Test
  void put_otherRules_leaveTheLeaseToTheRunOfBefore_untilItGivesItBack() {
    register(bucketId);
    put(5, rule("r", "a/"));
    mirror.take("r1");
    put(70, rule("r", "a/"), rule("s", "b/"));
    assertThat(code(mirror.take("r2"))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(code(mirror.giveBack("another", at(99)))).isEqualTo(RefusalCode.MIRROR_TAKEN_OVER);
    assertThat(mirror.giveBack("r1", at(99)).hasRefusal()).isFalse();
    assertThat(mirror.get().getProgress().getReadTo()).as("it says no more").isEqualTo(Shard.at(5));
    assertThat(mirror.take("r2").hasMirror()).isTrue();
    assertThat(code(mirror.giveBack("r1", at(99)))).isEqualTo(RefusalCode.MIRROR_TAKEN_OVER);
    assertThat(mirror.giveBack("r2", at(99)).hasRefusal()).isFalse();
    assertThat(mirror.take("r3").hasMirror()).isTrue();
  }

  /** A place of the same name, that the operator of another cluster made for something else. */
  @Test
  void fromElsewhere_placeOfThatNameInAnotherBucket_waits() {
    PutBucketReplication.Builder elsewhere =
        PutBucketReplication.newBuilder().setFromElsewhere(true);
    put(elsewhere, rule("r", "a/").setDestination("arn:sluice:replication::m:meant"));
    register(bucketId);
    assertThat(mirror.get().getRulesCount()).isZero();
    assertThat(mirror.remove().hasRefusal()).as("registered with the wrong URL").isFalse();
    register(bucketId);
    put(elsewhere, rule("r", "a/").setDestination("arn:aws:s3:::there"));
    assertThat(mirror.get().getRulesCount()).isOne();
  }

  @Test
  void put_theSameAgain_changesNothing() {
    register(bucketId);
    put(5, rule("r", "a/"));
    mirror.take("r1");
    put(70, rule("r", "a/"));
    assertThat(mirror.record("r1", at(90)).hasRefusal()).isFalse();
    assertThat(mirror.get().getRules(0).getSince()).isEqualTo(Shard.at(5));
  }

  @Test
  void put_ruleAboutExistingObjects_comparesEverything() {
    register(bucketId);
    put(5, rule("r", "a/"));
    mirror.take("r1");
    mirror.record("r1", at(90));
    put(95, rule("r", "a/").setExistingObjects(true));
    assertThat(mirror.get().getRules(0).hasSince()).isFalse();
    assertThat(mirror.get().getProgress().hasReadTo()).isFalse();
    assertThat(mirror.get().getProgress().hasPosition())
        .as("nothing is known to be there")
        .isFalse();
  }

  @Test
  void put_ruleThatIsNewWhileEverythingIsCompared_hasItCompareFromTheBeginning() {
    register(bucketId);
    put(5, rule("r", "a/").setExistingObjects(true));
    mirror.take("r1");
    mirror.record(
        "r1",
        MirrorProgress.newBuilder()
            .setComparedSince(Shard.at(20))
            .setComparedTo(ByteString.copyFromUtf8("b/x")));
    put(30, rule("r", "a/").setExistingObjects(true), rule("s", "b/"));
    assertThat(mirror.get().getProgress().hasComparedSince()).isFalse();
    assertThat(mirror.get().getProgress().getComparedTo().isEmpty()).isTrue();
  }

  @Test
  void clear_thenTheMirror_isAtRestAndMayBeRemoved() {
    register(bucketId);
    put(5, rule("r", ""));
    mirror.take("r1");
    assertThat(code(mirror.remove())).as("a rule names it").isEqualTo(RefusalCode.CONFLICT);
    clear();
    assertThat(bucket().hasReplication()).isFalse();
    assertThat(mirror.get().getRulesCount()).isZero();
    assertThat(mirror.get().hasNeeds()).isFalse();
    assertThat(code(mirror.record("r1", at(9)))).isEqualTo(RefusalCode.MIRROR_TAKEN_OVER);
    assertThat(mirror.remove().hasRefusal()).isFalse();
  }

  @Test
  void fromElsewhere_rulesWaitForTheirEndpoint_andAreAboutEverything() {
    PutBucketReplication.Builder elsewhere =
        PutBucketReplication.newBuilder().setFromElsewhere(true);
    assertThat(put(elsewhere, rule("r", "a/")).hasRefusal()).isFalse();
    register(bucketId);
    assertThat(mirror.get().getRulesCount()).isOne();
    assertThat(mirror.get().getRules(0).hasSince()).isFalse();
    assertThat(mirror.get().getProgress().hasReadTo()).isFalse();
  }

  @Test
  void closedGate_noReplicationRuns() {
    register(bucketId);
    put(5, rule("r", ""));
    mirror.take("r1");
    shard.apply(
        Command.newBuilder()
            .setSetWriteGate(
                SetWriteGate.newBuilder()
                    .setGate(WriteGate.newBuilder().setRevision(1).setClosed(true))));
    assertThat(code(mirror.record("r1", at(9)))).isEqualTo(RefusalCode.MIRROR_TAKEN_OVER);
    assertThat(code(mirror.take("r1"))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(code(put(9, rule("r", "x")))).isEqualTo(RefusalCode.WRITES_CLOSED);
  }

  @Test
  void bucketGone_leavesAMirrorAtRest() {
    register(bucketId);
    put(5, rule("r", ""));
    shard.apply(Commands.mark(bucketId, "b"));
    shard.apply(Commands.remove(bucketId, "b"));
    assertThat(mirror.get().getRulesCount()).isZero();
    assertThat(mirror.remove().hasRefusal()).isFalse();
  }

  @Test
  void register_withAPrefixOfItsOwn_isRefused() {
    Outcome refused = mirror.put(TestMirror.of("b", bucketId).setPrefix("p").setReplication(true));
    assertThat(code(refused)).isEqualTo(RefusalCode.INVALID_ARGUMENT);
  }
}
