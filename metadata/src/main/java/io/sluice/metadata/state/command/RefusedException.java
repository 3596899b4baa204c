package io.sluice.metadata.state.command;

import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;

/** A command decided against itself: nothing of it is kept but the refusal. Stackless. */
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;
  private final transient Refusal refusal;

  public RefusedException(RefusalCode code, String message) {
    this(Refusal.newBuilder().setCode(code).setMessage(message).build());
  }

  public RefusedException(Refusal refusal) {
    super(refusal.getMessage(), null, false, false);
    this.refusal = refusal;
  }

  public Refusal refusal() {
    return refusal;
  }
}
