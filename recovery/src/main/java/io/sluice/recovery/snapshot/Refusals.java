package io.sluice.recovery.snapshot;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;

/** Refusals that are made here and not by a shard, of the same kind. */
public final class Refusals {
  private Refusals() {}

  public static StorageFailure of(RefusalCode code, String message) {
    return new StorageFailure.Refused(
        Refusal.newBuilder().setCode(code).setMessage(message).build());
  }
}
