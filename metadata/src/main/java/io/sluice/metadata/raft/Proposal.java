package io.sluice.metadata.raft;

import io.sluice.storage.proto.Command;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * A command on its way into the log. Ratis carries the bytes; the command itself goes along, so
 * that the leader does not parse what it has just written.
 */
final class Proposal implements Message {
  private final Command command;
  private final ByteString bytes;
  private final AtomicReference<Fate> fate = new AtomicReference<>(Fate.OPEN);

  private enum Fate {
    OPEN,
    APPENDED,
    WITHDRAWN
  }

  Proposal(Command command) {
    this.command = command;
    this.bytes = UnsafeByteOperations.unsafeWrap(command.toByteArray());
  }

  Command command() {
    return command;
  }

  @Override
  public ByteString getContent() {
    return bytes;
  }

  @Override
  public int size() {
    return bytes.size();
  }

  /**
   * The command goes into a log: from here on it may be applied, whatever this process is told.
   *
   * @return whether it may go; not when it was withdrawn
   */
  boolean append() {
    return fate.compareAndSet(Fate.OPEN, Fate.APPENDED) || fate.get() == Fate.APPENDED;
  }

  /**
   * Takes the command back.
   *
   * @return whether no log has it, and none will: it is certainly not applied
   */
  boolean withdraw() {
    return fate.compareAndSet(Fate.OPEN, Fate.WITHDRAWN) || fate.get() == Fate.WITHDRAWN;
  }
}
