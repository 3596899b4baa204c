package io.sluice.testkit;

import static io.sluice.testkit.InMemoryMetadataStore.refused;

import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Done;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PartRow;
import io.sluice.storage.proto.PartRows;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import java.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** One shard: the objects and uploads of its buckets. */
final class InMemoryShard {
  private final Clock clock;
  private final Map<Long, InMemoryObjects> objects = new HashMap<>();
  private final Map<Long, InMemoryUploads> uploads = new HashMap<>();
  private final Set<Long> sealed = new HashSet<>();
  private final ShardLog log = new ShardLog();

  InMemoryShard(Clock clock) {
    this.clock = clock;
  }

  Outcome apply(Command command) {
    return switch (command.getBodyCase()) {
      case SEAL_BUCKET -> seal(command.getSealBucket().getBucketId());
      case PUT_OBJECT -> objects(command.getPutObject().getBucketId()).put(command.getPutObject());
      case COPY_OBJECT -> {
        long source = command.getCopyObject().getSourceBucketId();
        yield objects(command.getCopyObject().getBucketId())
            .copy(command.getCopyObject(), objects(source));
      }
      case DELETE_OBJECT ->
          objects(command.getDeleteObject().getBucketId()).delete(command.getDeleteObject());
      case DELETE_OBJECTS ->
          objects(command.getDeleteObjects().getBucketId()).deleteAll(command.getDeleteObjects());
      case CREATE_UPLOAD ->
          uploads(command.getCreateUpload().getBucketId()).create(command.getCreateUpload());
      case PUT_PART -> uploads(command.getPutPart().getBucketId()).putPart(command.getPutPart());
      case COMPLETE_UPLOAD ->
          uploads(command.getCompleteUpload().getBucketId()).complete(command.getCompleteUpload());
      case ABORT_UPLOAD ->
          uploads(command.getAbortUpload().getBucketId()).abort(command.getAbortUpload());
      default -> throw new IllegalArgumentException("not for a shard: " + command.getBodyCase());
    };
  }

  Answer answer(Query query) {
    return switch (query.getBodyCase()) {
      case GET_OBJECT -> objects(query.getGetObject().getBucketId()).get(query.getGetObject());
      case LIST_OBJECTS ->
          objects(query.getListObjects().getBucketId()).list(query.getListObjects());
      case LIST_VERSIONS ->
          objects(query.getListVersions().getBucketId()).list(query.getListVersions());
      case GET_UPLOAD -> uploads(query.getGetUpload().getBucketId()).get(query.getGetUpload());
      case LIST_PARTS -> uploads(query.getListParts().getBucketId()).list(query.getListParts());
      case LIST_UPLOADS ->
          uploads(query.getListUploads().getBucketId()).list(query.getListUploads());
      case GET_PARTS -> {
        PartRows.Builder rows = PartRows.newBuilder();
        query
            .getGetParts()
            .getIdsList()
            .forEach(
                id -> {
                  PartRow row = log.parts.get(id);
                  if (row != null) {
                    rows.addRows(row);
                  }
                });
        yield Answer.newBuilder().setParts(rows).build();
      }
      default -> throw new IllegalArgumentException("not for a shard: " + query.getBodyCase());
    };
  }

  /** Closes an empty bucket; its unfinished uploads go with it. Done again, it does nothing. */
  private Outcome seal(long bucketId) {
    if (!sealed.contains(bucketId)) {
      if (!objects(bucketId).isEmpty()) {
        throw refused(RefusalCode.BUCKET_NOT_EMPTY);
      }
      uploads.remove(bucketId);
      sealed.add(bucketId);
    }
    return Outcome.newBuilder().setDone(Done.getDefaultInstance()).build();
  }

  private InMemoryObjects objects(long bucketId) {
    if (sealed.contains(bucketId)) {
      throw refused(RefusalCode.NO_SUCH_BUCKET);
    }
    return objects.computeIfAbsent(bucketId, id -> new InMemoryObjects(clock, log));
  }

  private InMemoryUploads uploads(long bucketId) {
    InMemoryObjects target = objects(bucketId);
    return uploads.computeIfAbsent(bucketId, id -> new InMemoryUploads(clock, log, target));
  }
}
