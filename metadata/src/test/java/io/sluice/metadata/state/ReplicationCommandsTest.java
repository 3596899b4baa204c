package io.sluice.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.MirrorScope;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.ListBuckets;
import io.sluice.storage.proto.ListMirrors;
import io.sluice.storage.proto.MarkBucketDeleting;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutBucketReplication;
import io.sluice.storage.proto.PutMirror;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RecordMirror;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveBucket;
import io.sluice.storage.proto.RemoveMirror;
import io.sluice.storage.proto.ReplicationConfiguration;
import io.sluice.storage.proto.ReplicationRule;
import io.sluice.storage.proto.SetWriteGate;
import io.sluice.storage.proto.TakeMirror;
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
  private long bucketId;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = Shard.withHistory(directory);
    bucketId =
        shard
            .apply(
                Command.newBuilder()
                    .setCreateBucket(
                        CreateBucket.newBuilder().setName("b").setOwner("o").setShard(1)))
            .getBucket()
            .getId();
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private Outcome register(String name, long bucketId) {
    return shard.apply(
        Command.newBuilder()
            .setPutMirror(
                PutMirror.newBuilder()
                    .setMirror(
                        MirrorRecord.newBuilder()
                            .setName(name)
                            .setBucket("b")
                            .setBucketId(bucketId)
                            .setShard(1)
                            .setUrl("s3://there")
                            .setReplication(true))));
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

  private Outcome take(String run) {
    return shard.apply(
        Command.newBuilder()
            .setTakeMirror(TakeMirror.newBuilder().setName("m").setRunId(run).setLeaseMs(30_000)));
  }

  private Outcome record(String run, MirrorProgress.Builder progress) {
    return shard.apply(
        Command.newBuilder()
            .setRecordMirror(
                RecordMirror.newBuilder()
                    .setName("m")
                    .setRunId(run)
                    .setLeaseMs(30_000)
                    .setProgress(progress)));
  }

  private static MirrorProgress.Builder at(long index) {
    return MirrorProgress.newBuilder().setPosition(Shard.at(index)).setReadTo(Shard.at(index));
  }

  private MirrorRecord mirror() {
    return shard
        .ask(Query.newBuilder().setListMirrors(ListMirrors.getDefaultInstance()))
        .getMirrors()
        .getMirrors(0);
  }

  private Bucket bucket() {
    return shard
        .ask(Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName("b")))
        .getBucket();
  }

  private static RefusalCode code(Outcome outcome) {
    return outcome.getRefusal().getCode();
  }

  @Test
  void put_endpointOfNobodyOrAnotherBucket_isRefused() {
    assertThat(code(put(5, rule("r", "")))).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    register("m", bucketId + 1);
    assertThat(code(put(5, rule("r", "")))).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(bucket().hasReplication()).isFalse();
  }

  @Test
  void put_newRule_beginsWhereTheBucketIsAndComparesNothing() {
    register("m", bucketId);
    assertThat(code(take("r0"))).as("nothing to do").isEqualTo(RefusalCode.CONFLICT);
    assertThat(put(5, rule("r", "a/")).hasRefusal()).isFalse();
    assertThat(mirror().getRules(0).getSince()).isEqualTo(Shard.at(5));
    assertThat(mirror().getProgress().getReadTo()).isEqualTo(Shard.at(5));
    assertThat(mirror().getNeeds()).as("changes since are kept").isEqualTo(Shard.at(5));
    assertThat(bucket().getReplication().getRulesCount()).isOne();
    assertThat(
            shard
                .ask(Query.newBuilder().setListBuckets(ListBuckets.getDefaultInstance()))
                .getBuckets()
                .getBuckets(0)
                .hasReplication())
        .as("lists stay short")
        .isFalse();
    assertThat(take("r1").hasMirror()).isTrue();
  }

  @Test
  void put_oneMoreRule_readsAgainWhatWasReadWithoutIt_andTheRunOfBeforeEnds() {
    register("m", bucketId);
    put(5, rule("r", "a/"));
    take("r1");
    record("r1", at(90));
    put(70, rule("r", "a/"), rule("s", "b/"));
    assertThat(mirror().getRules(0).getSince()).as("it was there").isEqualTo(Shard.at(5));
    assertThat(mirror().getRules(1).getSince()).isEqualTo(Shard.at(70));
    assertThat(mirror().getProgress().getReadTo()).isEqualTo(Shard.at(70));
    assertThat(mirror().getProgress().getPosition()).isEqualTo(Shard.at(70));
    assertThat(code(record("r1", at(95)))).isEqualTo(RefusalCode.MIRROR_TAKEN_OVER);
  }

  /** What waits and what fails is younger than the rule that it waits for, and is still sent. */
  @Test
  void put_anotherIdOrPlace_isTheRuleOfBefore() {
    register("m", bucketId);
    put(5, rule("rule-1", "a/"));
    take("r1");
    record("r1", at(20));
    put(70, rule("rule-1", "b/"), rule("rule-2", "a/").setDeleteMarkers(true));
    assertThat(mirror().getRules(0).getSince()).isEqualTo(Shard.at(70));
    assertThat(mirror().getRules(1).getSince()).isEqualTo(Shard.at(5));
    assertThat(mirror().getProgress().getReadTo()).as("the backlog").isEqualTo(Shard.at(20));
    assertThat(covers("a/x", 30)).isTrue();
    assertThat(covers("b/x", 30)).isFalse();
  }

  @Test
  void put_widerPrefix_isAboutWhatTheRulesOfBeforeWereAbout_andElseAboutWhatIsYounger() {
    register("m", bucketId);
    put(5, rule("r", "a/"), rule("s", "b/"));
    put(70, rule("t", "").setDeleteMarkers(true));
    assertThat(covers("a/x", 30)).isTrue();
    assertThat(covers("b/x", 30)).isTrue();
    assertThat(covers("c/x", 30)).isFalse();
    assertThat(covers("c/x", 71)).isTrue();
    assertThat(new MirrorScope(mirror()).sendsDeletions("a/x")).as("the rule of now").isTrue();
    MirrorRecord before = mirror();
    put(90, rule("u", "").setDeleteMarkers(true));
    assertThat(covers("a/x", 30)).isTrue();
    assertThat(covers("c/x", 80)).isTrue();
    assertThat(mirror().getRulesCount()).isEqualTo(before.getRulesCount());
  }

  @Test
  void put_lesserPrefix_isAboutWhatTheRuleOfBeforeWasAbout() {
    register("m", bucketId);
    put(5, rule("r", ""));
    put(70, rule("r", "a/"));
    assertThat(covers("a/x", 30)).isTrue();
    assertThat(covers("b/x", 80)).isFalse();
  }

  @Test
  void put_widerPrefixAfterMoreRulesThanAreKept_comparesSinceTheFirst() {
    register("m", bucketId);
    ReplicationRule.Builder[] many = new ReplicationRule.Builder[60];
    for (int i = 0; i < many.length; i++) {
      many[i] = rule("r" + i, "p" + i + "/");
    }
    put(5, many);
    take("r1");
    record("r1", at(20));
    put(70, rule("r", ""));
    assertThat(covers("p0/x", 30)).isTrue();
    assertThat(covers("p59/x", 30)).isTrue();
    assertThat(mirror().getProgress().hasReadTo()).isFalse();
    assertThat(mirror().getRulesCount()).isLessThanOrEqualTo(51);
  }

  private boolean covers(String key, long index) {
    return new MirrorScope(mirror()).covers(key, Shard.at(index));
  }

  /** What the run of before has under way may still arrive. */
  @Test
  void put_otherRules_leaveTheLeaseToTheRunOfBefore_untilItGivesItBack() {
    register("m", bucketId);
    put(5, rule("r", "a/"));
    take("r1");
    put(70, rule("r", "a/"), rule("s", "b/"));
    assertThat(code(take("r2"))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(code(giveBack("another"))).isEqualTo(RefusalCode.MIRROR_TAKEN_OVER);
    assertThat(giveBack("r1").hasRefusal()).isFalse();
    assertThat(mirror().getProgress().getReadTo()).as("it says no more").isEqualTo(Shard.at(5));
    assertThat(take("r2").hasMirror()).isTrue();
    assertThat(code(giveBack("r1"))).isEqualTo(RefusalCode.MIRROR_TAKEN_OVER);
    assertThat(giveBack("r2").hasRefusal()).isFalse();
    assertThat(take("r3").hasMirror()).isTrue();
  }

  private Outcome giveBack(String run) {
    return shard.apply(
        Command.newBuilder()
            .setRecordMirror(
                RecordMirror.newBuilder()
                    .setName("m")
                    .setRunId(run)
                    .setLeaseMs(30_000)
                    .setGivesBack(true)
                    .setProgress(at(99))));
  }

  /** A place of the same name, that the operator of another cluster made for something else. */
  @Test
  void fromElsewhere_placeOfThatNameInAnotherBucket_waits() {
    PutBucketReplication.Builder elsewhere =
        PutBucketReplication.newBuilder().setFromElsewhere(true);
    put(elsewhere, rule("r", "a/").setDestination("arn:sluice:replication::m:meant"));
    register("m", bucketId);
    assertThat(mirror().getRulesCount()).isZero();
    assertThat(remove().hasRefusal()).as("registered with the wrong URL").isFalse();
    register("m", bucketId);
    put(elsewhere, rule("r", "a/").setDestination("arn:aws:s3:::there"));
    assertThat(mirror().getRulesCount()).isOne();
  }

  @Test
  void put_theSameAgain_changesNothing() {
    register("m", bucketId);
    put(5, rule("r", "a/"));
    take("r1");
    put(70, rule("r", "a/"));
    assertThat(record("r1", at(90)).hasRefusal()).isFalse();
    assertThat(mirror().getRules(0).getSince()).isEqualTo(Shard.at(5));
  }

  @Test
  void put_ruleAboutExistingObjects_comparesEverything() {
    register("m", bucketId);
    put(5, rule("r", "a/"));
    take("r1");
    record("r1", at(90));
    put(95, rule("r", "a/").setExistingObjects(true));
    assertThat(mirror().getRules(0).hasSince()).isFalse();
    assertThat(mirror().getProgress().hasReadTo()).isFalse();
    assertThat(mirror().getProgress().hasPosition()).as("nothing is known to be there").isFalse();
  }

  @Test
  void put_ruleThatIsNewWhileEverythingIsCompared_hasItCompareFromTheBeginning() {
    register("m", bucketId);
    put(5, rule("r", "a/").setExistingObjects(true));
    take("r1");
    record(
        "r1",
        MirrorProgress.newBuilder()
            .setComparedSince(Shard.at(20))
            .setComparedTo(ByteString.copyFromUtf8("b/x")));
    put(30, rule("r", "a/").setExistingObjects(true), rule("s", "b/"));
    assertThat(mirror().getProgress().hasComparedSince()).isFalse();
    assertThat(mirror().getProgress().getComparedTo().isEmpty()).isTrue();
  }

  @Test
  void clear_thenTheMirror_isAtRestAndMayBeRemoved() {
    register("m", bucketId);
    put(5, rule("r", ""));
    take("r1");
    assertThat(code(remove())).as("a rule names it").isEqualTo(RefusalCode.CONFLICT);
    clear();
    assertThat(bucket().hasReplication()).isFalse();
    assertThat(mirror().getRulesCount()).isZero();
    assertThat(mirror().hasNeeds()).isFalse();
    assertThat(code(record("r1", at(9)))).isEqualTo(RefusalCode.MIRROR_TAKEN_OVER);
    assertThat(remove().hasRefusal()).isFalse();
  }

  private Outcome remove() {
    return shard.apply(
        Command.newBuilder().setRemoveMirror(RemoveMirror.newBuilder().setName("m")));
  }

  @Test
  void fromElsewhere_rulesWaitForTheirEndpoint_andAreAboutEverything() {
    PutBucketReplication.Builder elsewhere =
        PutBucketReplication.newBuilder().setFromElsewhere(true);
    assertThat(put(elsewhere, rule("r", "a/")).hasRefusal()).isFalse();
    register("m", bucketId);
    assertThat(mirror().getRulesCount()).isOne();
    assertThat(mirror().getRules(0).hasSince()).isFalse();
    assertThat(mirror().getProgress().hasReadTo()).isFalse();
  }

  @Test
  void closedGate_noReplicationRuns() {
    register("m", bucketId);
    put(5, rule("r", ""));
    take("r1");
    shard.apply(
        Command.newBuilder()
            .setSetWriteGate(
                SetWriteGate.newBuilder()
                    .setGate(WriteGate.newBuilder().setRevision(1).setClosed(true))));
    assertThat(code(record("r1", at(9)))).isEqualTo(RefusalCode.MIRROR_TAKEN_OVER);
    assertThat(code(take("r1"))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(code(put(9, rule("r", "x")))).isEqualTo(RefusalCode.WRITES_CLOSED);
  }

  @Test
  void bucketGone_leavesAMirrorAtRest() {
    register("m", bucketId);
    put(5, rule("r", ""));
    shard.apply(
        Command.newBuilder()
            .setMarkBucketDeleting(
                MarkBucketDeleting.newBuilder().setBucketId(bucketId).setName("b")));
    shard.apply(
        Command.newBuilder()
            .setRemoveBucket(RemoveBucket.newBuilder().setBucketId(bucketId).setName("b")));
    assertThat(mirror().getRulesCount()).isZero();
    assertThat(remove().hasRefusal()).isFalse();
  }

  @Test
  void register_withAPrefixOfItsOwn_isRefused() {
    Outcome refused =
        shard.apply(
            Command.newBuilder()
                .setPutMirror(
                    PutMirror.newBuilder()
                        .setMirror(
                            MirrorRecord.newBuilder()
                                .setName("m")
                                .setBucket("b")
                                .setBucketId(bucketId)
                                .setUrl("s3://there")
                                .setPrefix("p")
                                .setReplication(true))));
    assertThat(code(refused)).isEqualTo(RefusalCode.INVALID_ARGUMENT);
  }
}
