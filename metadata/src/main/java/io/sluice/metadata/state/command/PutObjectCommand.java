package io.sluice.metadata.state.command;

import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutObject;

/** Makes an object, or replaces it, if its condition holds. */
record PutObjectCommand(PutObject command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireWritable(command.getBucketId());
    ApplyContext.requireValidKey(command.getKey());
    ObjectVersion current = Objects.find(context.rows(), command.getBucketId(), command.getKey());
    Conditions.check(command.getCondition(), current);
    Part part = command.getPart();
    new Contents(context).addObject(part, command.getInlineData());
    ObjectVersion.Builder version =
        command.getObject().toBuilder()
            .setDeleteMarker(false)
            .setSize(part.getSize())
            .setManifest(context.position())
            .setInline(part.getInline())
            .setPartCount(0);
    return Objects.replace(context, command.getBucketId(), command.getKey(), current, version);
  }
}
