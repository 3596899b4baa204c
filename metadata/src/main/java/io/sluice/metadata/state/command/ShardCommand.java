package io.sluice.metadata.state.command;

import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;

/** A command that knows how to apply itself. */
public interface ShardCommand {
  /**
   * Makes its changes in the transaction of {@code context}.
   *
   * @return the outcome, without its position
   * @throws RefusedException to have everything it changed forgotten
   */
  Outcome.Builder apply(ApplyContext context) throws RefusedException;

  /**
   * The command of a message.
   *
   * @throws RefusedException when there is none in it that this version knows
   */
  static ShardCommand of(Command command) throws RefusedException {
    return switch (command.getBodyCase()) {
      case CREATE_BUCKET -> new CreateBucketCommand(command.getCreateBucket());
      case MARK_BUCKET_DELETING -> new MarkBucketDeletingCommand(command.getMarkBucketDeleting());
      case UNMARK_BUCKET_DELETING ->
          new UnmarkBucketDeletingCommand(command.getUnmarkBucketDeleting());
      case REMOVE_BUCKET -> new RemoveBucketCommand(command.getRemoveBucket());
      case PUT_ACCOUNT -> new PutAccountCommand(command.getPutAccount());
      case REMOVE_ACCOUNT -> new RemoveAccountCommand(command.getRemoveAccount());
      case PUT_LAYOUT -> new PutLayoutCommand(command.getPutLayout());
      case REGISTER_NODE -> new RegisterNodeCommand(command.getRegisterNode());
      case SET_NODE_STATE -> new SetNodeStateCommand(command.getSetNodeState());
      case SET_DISK_STATE -> new SetDiskStateCommand(command.getSetDiskState());
      case PUT_SETTING -> new PutSettingCommand(command.getPutSetting());
      case SEAL_BUCKET -> new SealBucketCommand(command.getSealBucket());
      case PUT_OBJECT -> new PutObjectCommand(command.getPutObject());
      case COPY_OBJECT -> new CopyObjectCommand(command.getCopyObject());
      case DELETE_OBJECT -> new DeleteObjectCommand(command.getDeleteObject());
      case DELETE_OBJECTS -> new DeleteObjectsCommand(command.getDeleteObjects());
      case CREATE_UPLOAD -> new CreateUploadCommand(command.getCreateUpload());
      case PUT_PART -> new PutPartCommand(command.getPutPart());
      case COMPLETE_UPLOAD -> new CompleteUploadCommand(command.getCompleteUpload());
      case ABORT_UPLOAD -> new AbortUploadCommand(command.getAbortUpload());
      case RAISE_ORPHAN_HORIZON -> new RaiseOrphanHorizonCommand(command.getRaiseOrphanHorizon());
      case FORGET_GARBAGE -> new ForgetGarbageCommand(command.getForgetGarbage());
      case TRIM_CHANGES -> new TrimChangesCommand(command.getTrimChanges());
      case RECORD_ORPHAN_POSITION ->
          new RecordOrphanPositionCommand(command.getRecordOrphanPosition());
      case RAISE_FORMAT -> new RaiseFormatCommand(command.getRaiseFormat());
      case SET_HISTORY_WINDOW -> new SetHistoryWindowCommand(command.getSetHistoryWindow());
      case PIN -> new PinCommand(command.getPin());
      case UNPIN -> new UnpinCommand(command.getUnpin());
      case TRIM_HISTORY -> new TrimHistoryCommand(command.getTrimHistory());
      case END_CUT -> new EndCutCommand(command.getEndCut());
      case HOLD_HISTORY -> new HoldHistoryCommand(command.getHoldHistory());
      case END_HOLD -> new EndHoldCommand(command.getEndHold());
      case RESTORE_OBJECT -> new RestoreObjectCommand(command.getRestoreObject());
      case RESTORE_COPY -> new RestoreCopyCommand(command.getRestoreCopy());
      case BEGIN_SNAPSHOT -> new BeginSnapshotCommand(command.getBeginSnapshot());
      case COMPLETE_SNAPSHOT -> new CompleteSnapshotCommand(command.getCompleteSnapshot());
      case REMOVE_SNAPSHOT -> new RemoveSnapshotCommand(command.getRemoveSnapshot());
      case PUT_TARGET -> new PutTargetCommand(command.getPutTarget());
      case REMOVE_TARGET -> new RemoveTargetCommand(command.getRemoveTarget());
      case BEGIN_BACKUP -> new BeginBackupCommand(command.getBeginBackup());
      case RECORD_BACKUP -> new RecordBackupCommand(command.getRecordBackup());
      case COMPLETE_BACKUP -> new CompleteBackupCommand(command.getCompleteBackup());
      case ABANDON_BACKUP -> new AbandonBackupCommand(command.getAbandonBackup());
      case MARK_BACKUP_LOST -> new MarkBackupLostCommand(command.getMarkBackupLost());
      case BEGIN_PRUNE -> new BeginPruneCommand(command.getBeginPrune());
      case END_PRUNE -> new EndPruneCommand(command.getEndPrune());
      case NOTE_TARGET -> new NoteTargetCommand(command.getNoteTarget());
      case PUT_MIRROR -> new PutMirrorCommand(command.getPutMirror());
      case REMOVE_MIRROR -> new RemoveMirrorCommand(command.getRemoveMirror());
      case TAKE_MIRROR -> new TakeMirrorCommand(command.getTakeMirror());
      case RECORD_MIRROR -> new RecordMirrorCommand(command.getRecordMirror());
      case MARK_MIRROR_LOST -> new MarkMirrorLostCommand(command.getMarkMirrorLost());
      case PUT_BUCKET_REPLICATION ->
          new PutBucketReplicationCommand(command.getPutBucketReplication());
      case PUT_ROLE -> new PutRoleCommand(command.getPutRole());
      case NOTE_STANDBY -> new NoteStandbyCommand(command.getNoteStandby());
      case SET_WRITE_GATE -> new SetWriteGateCommand(command.getSetWriteGate());
      case BODY_NOT_SET ->
          throw new RefusedException(RefusalCode.INVALID_ARGUMENT, "This command is not known.");
    };
  }
}
