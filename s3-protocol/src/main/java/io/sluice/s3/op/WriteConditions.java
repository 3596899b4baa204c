package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3Exception;
import io.sluice.s3.http.WriteCondition;

/** Which conditional headers a write takes, and which it refuses. */
final class WriteConditions {
  private WriteConditions() {}

  /**
   * The condition of a write that takes {@code If-Match} and {@code If-None-Match}.
   *
   * @throws S3Exception NotImplemented, also for the two dates, which S3 does not take on writes
   */
  static WriteCondition of(RequestHead head) {
    refuse(head, "If-Modified-Since");
    refuse(head, "If-Unmodified-Since");
    return WriteCondition.parse(head);
  }

  /** The condition of a deletion, which takes {@code If-Match} only. */
  static WriteCondition ofDelete(RequestHead head) {
    refuse(head, "If-None-Match");
    return of(head);
  }

  private static void refuse(RequestHead head, String name) {
    if (head.header(name) != null) {
      throw Fields.notImplemented(name);
    }
  }
}
