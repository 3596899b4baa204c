package io.sluice.metadata.raft;

import io.sluice.storage.proto.Outcome;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/** An outcome on its way back. In the process that asked it is never turned into bytes. */
record Applied(Outcome outcome) implements Message {
  @Override
  public ByteString getContent() {
    return UnsafeByteOperations.unsafeWrap(outcome.toByteArray());
  }

  @Override
  public int size() {
    return outcome.getSerializedSize();
  }
}
