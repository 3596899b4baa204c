package io.sluice.metadata.raft;

import io.sluice.storage.proto.Command;
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
  private volatile boolean appended;

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

  /** From here on the command may be applied, whatever this process is told. */
  void markAppended() {
    appended = true;
  }

  boolean wasAppended() {
    return appended;
  }
}
