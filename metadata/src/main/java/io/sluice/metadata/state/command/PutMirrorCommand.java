package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutMirror;
import io.sluice.storage.proto.RefusalCode;

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
    if (!isComplete || wanted.getDeleteDelayMs() < 0 || wanted.getSerializedSize() > BYTES_MAX) {
      throw ApplyContext.invalid("A mirror has a bucket, a URL, and settings of at most 16 KiB.");
    }
    if (Mirrors.find(context.rows(), name) != null) {
      throw new RefusedException(RefusalCode.CONFLICT, "There is a mirror " + name + " already.");
    }
    if (Mirrors.count(context.rows()) >= Mirrors.MAX) {
      throw new RefusedException(
          RefusalCode.TOO_MANY, "There are " + Mirrors.MAX + " mirrors already.");
    }
    MirrorRecord.Builder added =
        wanted.toBuilder()
            .setCreatedMs(context.nowMs())
            .clearRunId()
            .clearOwner()
            .clearLeaseUntilMs()
            .clearProgress();
    return Outcome.newBuilder().setMirror(Mirrors.put(context, added));
  }
}
