package io.sluice.metadata.state.command;

import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.WriteCondition;
import org.jspecify.annotations.Nullable;

/** Decides If-None-Match and If-Match of writes, as AWS does. */
final class Conditions {
  private Conditions() {}

  /** Refuses a write whose condition does not hold for what is there. */
  static void check(WriteCondition condition, @Nullable ObjectVersion current)
      throws RefusedException {
    if (condition.getIfAbsent() && current != null) {
      throw failed("If-None-Match");
    }
    if (condition.getIfMatchCount() > 0 && current == null) {
      throw new RefusedException(RefusalCode.NO_SUCH_KEY, "The specified key does not exist.");
    }
    checkMatch(condition, current);
  }

  /** Refuses a deletion likewise; but what is not there may be deleted whatever the condition. */
  static void checkDelete(WriteCondition condition, @Nullable ObjectVersion current)
      throws RefusedException {
    checkMatch(condition, current);
  }

  private static void checkMatch(WriteCondition condition, @Nullable ObjectVersion current)
      throws RefusedException {
    if (condition.getIfMatchCount() == 0 || current == null) {
      return;
    }
    for (String etag : condition.getIfMatchList()) {
      if (etag.equals("*") || etag.equals(current.getEtag())) {
        return;
      }
    }
    throw failed("If-Match");
  }

  private static RefusedException failed(String header) {
    return new RefusedException(
        Refusal.newBuilder()
            .setCode(RefusalCode.PRECONDITION_FAILED)
            .setMessage("At least one of the pre-conditions you specified did not hold")
            .putFields("Condition", header)
            .build());
  }
}
