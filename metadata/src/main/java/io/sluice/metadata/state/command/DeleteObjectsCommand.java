package io.sluice.metadata.state.command;

import io.sluice.storage.proto.DeleteObject;
import io.sluice.storage.proto.DeleteObjects;
import io.sluice.storage.proto.DeleteOutcome;
import io.sluice.storage.proto.DeleteOutcomes;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;

/** Deletes up to a thousand objects; each succeeds or is refused by itself. */
record DeleteObjectsCommand(DeleteObjects command) implements ShardCommand {
  private static final int OBJECTS_MAX = 1000;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireWritable(command.getBucketId());
    if (command.getObjectsCount() > OBJECTS_MAX) {
      throw new RefusedException(
          RefusalCode.TOO_MANY, "At most 1000 objects are deleted at a time.");
    }
    DeleteOutcomes.Builder outcomes = DeleteOutcomes.newBuilder();
    for (DeleteObject object : command.getObjectsList()) {
      try {
        outcomes.addResults(DeleteObjectCommand.delete(context, command.getBucketId(), object));
      } catch (RefusedException e) {
        outcomes.addResults(DeleteOutcome.newBuilder().setRefusal(e.refusal()));
      }
    }
    return Outcome.newBuilder().setDeletedAll(outcomes);
  }
}
