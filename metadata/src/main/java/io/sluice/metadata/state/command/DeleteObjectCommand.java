package io.sluice.metadata.state.command;

import io.sluice.storage.proto.DeleteObject;
import io.sluice.storage.proto.DeleteOutcome;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;

/** Deletes an object, if its condition holds. What is not there is deleted already. */
record DeleteObjectCommand(DeleteObject command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireWritable(command.getBucketId());
    return Outcome.newBuilder().setDeleted(delete(context, command.getBucketId(), command));
  }

  static DeleteOutcome delete(ApplyContext context, long bucketId, DeleteObject command)
      throws RefusedException {
    String versionId = command.getVersionId();
    ObjectVersion current = Objects.find(context.rows(), bucketId, command.getKey());
    if (current == null || !(versionId.isEmpty() || versionId.equals("null"))) {
      return DeleteOutcome.getDefaultInstance();
    }
    Conditions.checkDelete(command.getCondition(), current);
    Objects.remove(context, bucketId, command.getKey(), current);
    return DeleteOutcome.newBuilder().setExisted(true).build();
  }
}
