package io.sluice.metadata.state;

import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ListMirrors;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutMirror;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RecordMirror;
import io.sluice.storage.proto.RemoveMirror;
import io.sluice.storage.proto.TakeMirror;

/** The mirror {@code m} of a shard under test, and what is done with it. */
final class TestMirror {
  static final String NAME = "m";
  private static final long LEASE_MS = 30_000;

  private final Shard shard;

  TestMirror(Shard shard) {
    this.shard = shard;
  }

  /** One to be put. */
  static MirrorRecord.Builder of(String bucket, long bucketId) {
    return MirrorRecord.newBuilder()
        .setName(NAME)
        .setBucket(bucket)
        .setBucketId(bucketId)
        .setShard(1)
        .setUrl("s3://there");
  }

  /** How far one is that has read and sent all up to there. */
  static MirrorProgress.Builder at(long index) {
    return MirrorProgress.newBuilder().setPosition(Shard.at(index)).setReadTo(Shard.at(index));
  }

  /** Also of another name. */
  Outcome put(MirrorRecord.Builder mirror) {
    return shard.apply(Command.newBuilder().setPutMirror(PutMirror.newBuilder().setMirror(mirror)));
  }

  Outcome take(String run) {
    return take(run, 0);
  }

  /**
   * @param seenLeaseUntilMs what stood still; 0: nothing was seen
   */
  Outcome take(String run, long seenLeaseUntilMs) {
    return shard.apply(
        Command.newBuilder()
            .setTakeMirror(
                TakeMirror.newBuilder()
                    .setName(NAME)
                    .setRunId(run)
                    .setOwner("node of " + run)
                    .setLeaseMs(LEASE_MS)
                    .setSeenLeaseUntilMs(seenLeaseUntilMs)));
  }

  Outcome record(String run, MirrorProgress.Builder progress) {
    return record(run, RecordMirror.newBuilder().setProgress(progress));
  }

  /** The record of a run that begins to compare. */
  Outcome recordBeginning(String run, MirrorProgress.Builder progress) {
    return record(run, RecordMirror.newBuilder().setProgress(progress).setBeginsComparison(true));
  }

  Outcome giveBack(String run, MirrorProgress.Builder progress) {
    return record(run, RecordMirror.newBuilder().setProgress(progress).setGivesBack(true));
  }

  private Outcome record(String run, RecordMirror.Builder record) {
    return shard.apply(
        Command.newBuilder()
            .setRecordMirror(record.setName(NAME).setRunId(run).setLeaseMs(LEASE_MS)));
  }

  Outcome remove() {
    return shard.apply(
        Command.newBuilder().setRemoveMirror(RemoveMirror.newBuilder().setName(NAME)));
  }

  /** The only one. */
  MirrorRecord get() {
    return shard
        .ask(Query.newBuilder().setListMirrors(ListMirrors.getDefaultInstance()))
        .getMirrors()
        .getMirrors(0);
  }
}
