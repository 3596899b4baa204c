package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.CopyObject;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import org.jspecify.annotations.Nullable;

/**
 * Copies an object inside the shard. The source is looked up here and not before, so that it can't
 * be collected in between; no data moves. It may be one of the past, in a bucket that is gone.
 */
record CopyObjectCommand(CopyObject command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireWritable(command.getBucketId());
    ApplyContext.requireValidKey(command.getKey());
    ObjectVersion source = source(context);
    ObjectVersion current = Objects.find(context.rows(), command.getBucketId(), command.getKey());
    Conditions.check(command.getCondition(), current);
    ObjectVersion.Builder version =
        new Contents(context)
            .copyOf(source)
            .setOwner(command.getOwner())
            .setStorageClass(command.getStorageClass());
    if (command.getReplaceMetadata()) {
      version.setHeaders(command.getHeaders());
    }
    return Objects.replace(context, command.getBucketId(), command.getKey(), current, version);
  }

  private ObjectVersion source(ApplyContext context) throws RefusedException {
    ObjectVersion source = command.hasSourceAt() ? sourceThen(context) : sourceNow(context);
    String versionId = command.getSourceVersionId();
    if (!versionId.isEmpty() && !versionId.equals("null")) {
      throw new RefusedException(
          RefusalCode.NO_SUCH_VERSION, "The specified version does not exist.");
    }
    if (source == null) {
      throw new RefusedException(RefusalCode.NO_SUCH_KEY, "The specified key does not exist.");
    }
    if (command.hasExpectedSource()
        && Positions.ORDER.compare(command.getExpectedSource(), source.getVersion()) != 0) {
      throw new RefusedException(
          RefusalCode.CONFLICT, "The source of the copy was replaced in the meantime.");
    }
    return source;
  }

  private @Nullable ObjectVersion sourceNow(ApplyContext context) throws RefusedException {
    context.requireWritable(command.getSourceBucketId());
    return Objects.find(context.rows(), command.getSourceBucketId(), command.getSourceKey());
  }

  private @Nullable ObjectVersion sourceThen(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    return Objects.findThen(
        context.rows(), command.getSourceAt(), command.getSourceBucketId(), command.getSourceKey());
  }
}
