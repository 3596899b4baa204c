package io.sluice.recovery.job;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.RefusalCode;

/** Tells why the metadata refused something. */
final class Refusals {
  private Refusals() {}

  static boolean is(Throwable failure, RefusalCode code) {
    return failure instanceof StorageFailure.Refused refused && refused.code() == code;
  }
}
