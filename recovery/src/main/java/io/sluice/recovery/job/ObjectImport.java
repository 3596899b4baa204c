package io.sluice.recovery.job;

import io.sluice.recovery.restore.ListingComparison;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.ObjectState;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RestoreCopy;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes an object what it was in a backup, of chunks that are stored already. Any thread. */
final class ObjectImport {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /**
   * An object that is to be made.
   *
   * @param target the bucket it goes into
   * @param object as it will be
   * @param current what is there now; null: nothing
   */
  record Wanted(
      RestoreBatch.Item item,
      Bucket target,
      ObjectVersion object,
      @Nullable ObjectVersion current) {
    /** As it was. */
    ObjectState then() {
      return item.rows().row().getObject();
    }

    boolean isInParts() {
      return then().getManifest().hasParts();
    }

    /** What makes it, once it says of what. */
    RestoreCopy.Builder restore() {
      RestoreCopy.Builder restore =
          RestoreCopy.newBuilder()
              .setBucketId(target.getId())
              .setKey(then().getKey())
              .setObject(object);
      if (current != null) {
        restore.setExpected(current.getVersion());
      }
      return restore;
    }
  }

  /** How it ended. */
  enum End {
    RESTORED,
    /** Somebody else made it the same meanwhile: another restore. */
    SAME,
    /** Somebody else wrote it meanwhile: it stays as it was written. */
    LEFT
  }

  private final MetadataStore metadata;

  ObjectImport(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /**
   * Makes one that is in one piece.
   *
   * @param stored where each of its chunks is now
   */
  Uni<End> putWhole(Wanted wanted, Map<ChunkId, ChunkId> stored) {
    ObjectState then = wanted.then();
    RestoreCopy.Builder restore = wanted.restore();
    if (then.getObject().getInline()) {
      restore.setPart(inlinePart(then)).setInlineData(then.getInlineData());
    } else {
      restore.setPart(moved(then.getManifest().getWhole(), stored));
    }
    return commit(wanted, restore);
  }

  private static Part inlinePart(ObjectState then) {
    return then.getManifest().getWhole().toBuilder()
        .setSize(then.getInlineData().size())
        .setInline(true)
        .build();
  }

  /** A part whose chunks are elsewhere now. */
  static Part moved(Part part, Map<ChunkId, ChunkId> stored) {
    Part.Builder moved = part.toBuilder().clearSlices();
    for (ChunkSlice slice : part.getSlicesList()) {
      ChunkId now = Objects.requireNonNull(stored.get(ChunkId.from(slice.getChunkId())));
      moved.addSlices(slice.toBuilder().setChunkId(now.toByteString()));
    }
    return moved.build();
  }

  /** Makes it, unless somebody wrote it since it was looked at. */
  Uni<End> commit(Wanted wanted, RestoreCopy.Builder restore) {
    return submit(
            wanted, Command.newBuilder().setFormat(FormatRange.HISTORY).setRestoreCopy(restore))
        .replaceWith(End.RESTORED)
        .onFailure(failure -> Refusals.is(failure, RefusalCode.CONFLICT))
        .recoverWithUni(() -> isThere(wanted).map(same -> same ? End.SAME : End.LEFT));
  }

  /** Whether it is what it will be already. */
  Uni<Boolean> isThere(Wanted wanted) {
    GetObject get =
        GetObject.newBuilder()
            .setBucketId(wanted.target().getId())
            .setKey(wanted.then().getKey())
            .build();
    return query(wanted, Query.newBuilder().setGetObject(get))
        .map(answer -> ListingComparison.isSame(wanted.object(), answer.getObject().getObject()))
        .onFailure(failure -> Refusals.is(failure, RefusalCode.NO_SUCH_KEY))
        .recoverWithItem(false);
  }

  /** To the shard that it goes into. */
  Uni<Outcome> submit(Wanted wanted, Command.Builder command) {
    return metadata.submit(wanted.target().getShard(), command.build(), LIMIT);
  }

  Uni<Answer> query(Wanted wanted, Query.Builder query) {
    return metadata.query(wanted.target().getShard(), query.build(), LIMIT);
  }
}
