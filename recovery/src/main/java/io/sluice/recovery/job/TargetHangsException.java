package io.sluice.recovery.job;

import io.sluice.storage.proto.TargetRecord;
import java.io.IOException;

/** A target does not answer; what was under way there may be done yet, or not. */
final class TargetHangsException extends IOException {
  private static final long serialVersionUID = 1L;

  TargetHangsException(TargetRecord target, String node) {
    super(
        "target %s does not answer, and node %s still waits for it"
            .formatted(target.getName(), node));
  }
}
