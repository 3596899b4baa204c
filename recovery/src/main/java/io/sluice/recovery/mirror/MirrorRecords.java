package io.sluice.recovery.mirror;

import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ListMirrors;
import io.sluice.storage.proto.MirrorPage;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.PutMirror;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RecordMirror;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveMirror;
import io.sluice.storage.proto.TakeMirror;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;

/**
 * The records of mirrors, in shard 0: which buckets are mirrored where, and how far that is.
 *
 * <p>Methods return at once and may be called on any thread; results arrive on any. They fail with
 * {@link StorageFailure}.
 */
public final class MirrorRecords {
  static final Duration LIMIT = Duration.ofSeconds(10);

  private final MetadataStore metadata;

  public MirrorRecords(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /** All mirrors, by name. */
  public Uni<List<MirrorRecord>> list() {
    return page().map(MirrorPage::getMirrorsList);
  }

  /** All mirrors, by name, and whether replications run. */
  public Uni<MirrorPage> page() {
    Query query = Query.newBuilder().setListMirrors(ListMirrors.getDefaultInstance()).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .map(answer -> answer.getMirrors());
  }

  /** Adds a mirror; refused with CONFLICT when there is one of that name. */
  public Uni<MirrorRecord> put(MirrorRecord wanted) {
    return submit(Command.newBuilder().setPutMirror(PutMirror.newBuilder().setMirror(wanted)));
  }

  /** Forgets a mirror; refused with NO_SUCH_MIRROR. What is stored there stays. */
  public Uni<Void> remove(String name) {
    return submit(Command.newBuilder().setRemoveMirror(RemoveMirror.newBuilder().setName(name)))
        .replaceWithVoid();
  }

  Uni<MirrorRecord> take(TakeMirror take) {
    return submit(Command.newBuilder().setTakeMirror(take));
  }

  Uni<MirrorRecord> record(RecordMirror record) {
    return submit(Command.newBuilder().setRecordMirror(record));
  }

  /** Whether another has the mirror now, or nobody: then a run has to end. */
  static boolean isOver(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && (refused.code() == RefusalCode.MIRROR_TAKEN_OVER
            || refused.code() == RefusalCode.NO_SUCH_MIRROR);
  }

  private Uni<MirrorRecord> submit(Command.Builder command) {
    return metadata
        .submit(MetadataStore.ROOT_SHARD, command.setFormat(FormatRange.HISTORY).build(), LIMIT)
        .map(outcome -> outcome.getMirror());
  }
}
