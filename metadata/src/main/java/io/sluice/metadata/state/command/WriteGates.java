package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.WriteGate;

/**
 * Keeps clients' writes out of a cluster that is a standby, or fenced. That lies in each shard's
 * own log, so no gateway has to know it: what was acknowledged was applied before the gate closed.
 * The follower's writes pass a gate that is closed for its own revision; a follower that was
 * overtaken, or whose cluster was promoted meanwhile, writes nothing any more.
 */
public final class WriteGates {
  private WriteGates() {}

  /** Refuses a command that the gate is closed for. */
  public static void require(WriteGate gate, Command command) throws RefusedException {
    if (command.getFollower() != 0) {
      if (!gate.getClosed() || gate.getRevision() != command.getFollower()) {
        throw new RefusedException(
            RefusalCode.STANDBY_OVER, "The cluster is no standby of that revision any more.");
      }
    } else if (!isOfTheStore(command)) {
      requireOpen(gate, command);
    }
  }

  /**
   * A client's write. That it names a lease does not say that whoever acknowledges it holds the
   * lease: it says that it knows of it, and looks.
   */
  private static void requireOpen(WriteGate gate, Command command) throws RefusedException {
    if (gate.getClosed()) {
      throw new RefusedException(RefusalCode.WRITES_CLOSED, gate.getNotice());
    }
    // A setting is an operator's or the cluster's own: no client relies on its being acknowledged.
    if (gate.getLease() != 0 && gate.getLease() != command.getLease() && !command.hasPutSetting()) {
      throw new RefusedException(
          RefusalCode.LEASE_NEEDED, "Writes need the lease of revision " + gate.getLease() + ".");
    }
  }

  /** What a cluster does for itself, whoever writes to it. What is not named here is a client's. */
  private static boolean isOfTheStore(Command command) {
    return switch (command.getBodyCase()) {
      case UNMARK_BUCKET_DELETING,
          REMOVE_BUCKET,
          SEAL_BUCKET,
          PUT_LAYOUT,
          REGISTER_NODE,
          SET_NODE_STATE,
          SET_DISK_STATE,
          RAISE_ORPHAN_HORIZON,
          FORGET_GARBAGE,
          TRIM_CHANGES,
          RECORD_ORPHAN_POSITION,
          RAISE_FORMAT,
          SET_HISTORY_WINDOW,
          PIN,
          UNPIN,
          TRIM_HISTORY,
          END_CUT,
          HOLD_HISTORY,
          END_HOLD,
          BEGIN_SNAPSHOT,
          COMPLETE_SNAPSHOT,
          REMOVE_SNAPSHOT,
          PUT_TARGET,
          REMOVE_TARGET,
          BEGIN_BACKUP,
          RECORD_BACKUP,
          COMPLETE_BACKUP,
          ABANDON_BACKUP,
          MARK_BACKUP_LOST,
          NOTE_TARGET,
          BEGIN_PRUNE,
          END_PRUNE,
          PUT_MIRROR,
          REMOVE_MIRROR,
          TAKE_MIRROR,
          RECORD_MIRROR,
          MARK_MIRROR_LOST,
          PUT_ROLE,
          NOTE_STANDBY,
          SET_WRITE_GATE ->
          true;
      default -> false;
    };
  }

  /** Has the shard take clients' writes or not, from the next command on. */
  static void set(ApplyContext context, WriteGate gate) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    if (context.header().getGate().getRevision() > gate.getRevision()) {
      throw new RefusedException(
          RefusalCode.CONFLICT,
          "The role of the cluster was changed meanwhile: it has revision "
              + context.header().getGate().getRevision()
              + ".");
    }
    context.header().setGate(gate);
  }
}
