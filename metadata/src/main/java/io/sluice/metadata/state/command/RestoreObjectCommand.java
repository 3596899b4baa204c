package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.DeleteOutcome;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RestoreObject;
import org.jspecify.annotations.Nullable;

/**
 * Makes an object what it, or another, was at an earlier position. It is looked up here, so that it
 * can't be collected in between; no data moves. Whoever wrote the object since the caller looked is
 * not overwritten.
 */
record RestoreObjectCommand(RestoreObject command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    long bucketId = command.getBucketId();
    if (bucketId == KeyCodec.NO_BUCKET || command.getSourceBucketId() == KeyCodec.NO_BUCKET) {
      throw ApplyContext.invalid("A bucket is missing.");
    }
    ByteString key = command.getKey();
    context.requireWritable(bucketId);
    ApplyContext.requireValidKey(key);
    ObjectVersion current = Objects.find(context.rows(), bucketId, key);
    Objects.requireExpected(command.getExpected(), current);
    ObjectVersion was = wasThen(context);
    if (was == null) {
      if (current != null) {
        Objects.remove(context, bucketId, key, current);
      }
      return Outcome.newBuilder()
          .setDeleted(DeleteOutcome.newBuilder().setExisted(current != null));
    }
    ObjectVersion.Builder version = new Contents(context).copyOf(was);
    return Objects.replaceAsOf(context, bucketId, key, current, version, was.getLastModifiedMs());
  }

  private @Nullable ObjectVersion wasThen(ApplyContext context) throws RefusedException {
    return Objects.findThen(
        context.rows(), command.getAt(), command.getSourceBucketId(), command.getSourceKey());
  }
}
