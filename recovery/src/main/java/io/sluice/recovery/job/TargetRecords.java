package io.sluice.recovery.job;

import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.AbandonBackup;
import io.sluice.storage.proto.BeginBackup;
import io.sluice.storage.proto.BeginPrune;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CompleteBackup;
import io.sluice.storage.proto.EndPrune;
import io.sluice.storage.proto.ListTargets;
import io.sluice.storage.proto.MarkBackupLost;
import io.sluice.storage.proto.NoteTarget;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PruneRow;
import io.sluice.storage.proto.PutTarget;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RecordBackup;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveTarget;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The records of backup targets, in shard 0: where backups go, and how far they are.
 *
 * <p>Methods return at once and may be called on any thread; results arrive on any. They fail with
 * {@link StorageFailure}.
 */
public final class TargetRecords {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int CHANGES_MAX = 5;

  private final MetadataStore metadata;

  public TargetRecords(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /** All targets, by name. */
  public Uni<List<TargetRecord>> list() {
    Query query = Query.newBuilder().setListTargets(ListTargets.getDefaultInstance()).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .map(answer -> answer.getTargets().getTargetsList());
  }

  /**
   * The target of that name.
   *
   * @return refused with NO_SUCH_TARGET
   */
  public Uni<TargetRecord> find(String name) {
    return list()
        .map(
            all ->
                all.stream()
                    .filter(target -> target.getName().equals(name))
                    .findFirst()
                    .orElseThrow(
                        () ->
                            StorageFailure.Refused.of(
                                RefusalCode.NO_SUCH_TARGET, "There is no target " + name + ".")));
  }

  /**
   * Adds a target, or replaces what an operator sets of it.
   *
   * @param expectedRevision of the record that is replaced; 0: there is none
   */
  public Uni<TargetRecord> put(TargetRecord wanted, long expectedRevision) {
    PutTarget put =
        PutTarget.newBuilder().setTarget(wanted).setExpectedRevision(expectedRevision).build();
    return submit(Command.newBuilder().setPutTarget(put));
  }

  /**
   * Changes what an operator sets of a target, as it is when nobody else changes it meanwhile.
   *
   * @param change called again with what there is when somebody did; fails with what it throws
   */
  public Uni<TargetRecord> change(String name, UnaryOperator<TargetRecord> change) {
    return find(name)
        .flatMap(found -> put(change.apply(found), found.getRevision()))
        .onFailure(failure -> Refusals.is(failure, RefusalCode.CONFLICT))
        .retry()
        .atMost(CHANGES_MAX);
  }

  /** Forgets a target. What is stored there stays. */
  public Uni<Void> remove(String name) {
    return submit(Command.newBuilder().setRemoveTarget(RemoveTarget.newBuilder().setName(name)))
        .replaceWithVoid();
  }

  Uni<TargetRecord> begin(BeginBackup begin) {
    return submit(Command.newBuilder().setBeginBackup(begin));
  }

  /** Who has the place now. */
  Uni<PruneRow> beginPrune(BeginPrune begin) {
    return outcome(Command.newBuilder().setBeginPrune(begin)).map(outcome -> outcome.getPrune());
  }

  Uni<Void> endPrune(EndPrune end) {
    return outcome(Command.newBuilder().setEndPrune(end)).replaceWithVoid();
  }

  Uni<TargetRecord> record(RecordBackup record) {
    return submit(Command.newBuilder().setRecordBackup(record));
  }

  Uni<TargetRecord> complete(CompleteBackup complete) {
    return submit(Command.newBuilder().setCompleteBackup(complete));
  }

  /** Nothing can be built on that set any more. */
  Uni<Void> markLost(String target, String set) {
    MarkBackupLost mark = MarkBackupLost.newBuilder().setTarget(target).setSetId(set).build();
    return submit(Command.newBuilder().setMarkBackupLost(mark)).replaceWithVoid();
  }

  /** Writes down what was found out of a target. */
  public Uni<Void> note(NoteTarget note) {
    return submit(Command.newBuilder().setNoteTarget(note)).replaceWithVoid();
  }

  Uni<Void> abandon(AbandonBackup abandon) {
    return submit(Command.newBuilder().setAbandonBackup(abandon)).replaceWithVoid();
  }

  private Uni<TargetRecord> submit(Command.Builder command) {
    return outcome(command).map(outcome -> outcome.getTarget());
  }

  private Uni<Outcome> outcome(Command.Builder command) {
    return metadata.submit(
        MetadataStore.ROOT_SHARD, command.setFormat(FormatRange.HISTORY).build(), LIMIT);
  }
}
