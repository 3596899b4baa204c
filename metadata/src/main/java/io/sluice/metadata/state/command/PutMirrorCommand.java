package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.S3Place;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutMirror;
import io.sluice.storage.proto.RefusalCode;
import java.util.List;
import java.util.Optional;

/** Adds a mirror. It is never changed afterwards: how far it is belongs to its place. */
record PutMirrorCommand(PutMirror command) implements ShardCommand {
  private static final int NAME_LENGTH_MAX = 64;
  private static final int BYTES_MAX = 16 << 10;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    MirrorRecord wanted = command.getMirror();
    String name = wanted.getName();
    if (name.isEmpty() || name.length() > NAME_LENGTH_MAX || name.indexOf('\0') >= 0) {
      throw ApplyContext.invalid("The name of a mirror has 1 to 64 characters.");
    }
    boolean isComplete =
        !wanted.getUrl().isEmpty() && !wanted.getBucket().isEmpty() && wanted.getBucketId() != 0;
    if (wanted.getReplication()
        && (!wanted.getPrefix().isEmpty() || wanted.getDeleteDelayMs() > 0)) {
      throw ApplyContext.invalid("The rules of a replication say what is sent, and when.");
    }
    if (!isComplete || wanted.getDeleteDelayMs() < 0 || wanted.getSerializedSize() > BYTES_MAX) {
      throw ApplyContext.invalid("A mirror has a bucket, a URL, and settings of at most 16 KiB.");
    }
    if (Mirrors.find(context.rows(), name) != null) {
      throw new RefusedException(RefusalCode.CONFLICT, "There is a mirror " + name + " already.");
    }
    List<MirrorRecord> all = Mirrors.all(context.rows());
    if (all.size() >= Mirrors.MAX) {
      throw new RefusedException(
          RefusalCode.TOO_MANY, "There are " + Mirrors.MAX + " mirrors already.");
    }
    requireApart(wanted, all);
    MirrorRecord.Builder added =
        wanted.toBuilder()
            .setCreatedMs(context.nowMs())
            .clearRunId()
            .clearOwner()
            .clearLeaseUntilMs()
            .clearProgress()
            .clearRules()
            .clearRevision()
            .clearEndingRunId();
    if (added.getReplication()) {
      followBucket(context, added);
    }
    return Outcome.newBuilder().setMirror(Mirrors.put(context, added));
  }

  /** Two buckets at one place: each would replace what is the other's, under the same keys. */
  private static void requireApart(MirrorRecord wanted, List<MirrorRecord> all)
      throws RefusedException {
    Optional<S3Place> place = S3Place.of(wanted.getUrl());
    for (MirrorRecord other : all) {
      boolean overlaps =
          other.getBucketId() != wanted.getBucketId()
              && place.isPresent()
              && S3Place.of(other.getUrl()).filter(place.get()::overlaps).isPresent();
      if (overlaps) {
        throw new RefusedException(
            RefusalCode.CONFLICT,
            "The mirror %s of bucket %s goes to that place, or one of both lies in the other."
                .formatted(other.getName(), other.getBucket()));
      }
    }
  }

  /** The configuration may be there already, from a backup or the cluster that this one follows. */
  private static void followBucket(ApplyContext context, MirrorRecord.Builder added) {
    Bucket bucket = BucketRows.find(context.rows(), added.getBucket());
    if (bucket != null && bucket.getId() == added.getBucketId()) {
      boolean unused = Replications.follow(added, bucket.getReplication(), null, context.nowMs());
    }
  }
}
