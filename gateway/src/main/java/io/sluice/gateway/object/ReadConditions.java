package io.sluice.gateway.object;

import io.sluice.s3.S3Response;
import io.sluice.s3.http.Preconditions;
import io.sluice.s3.op.NotModifiedOutput;
import org.jspecify.annotations.Nullable;

/** What the conditions of a read say about an object. */
final class ReadConditions {
  private ReadConditions() {}

  /**
   * Evaluates conditions.
   *
   * @return the answer when the client has the object already; null to go on
   * @throws io.sluice.s3.S3Exception PreconditionFailed
   */
  static @Nullable S3Response check(Preconditions conditions, FoundObject object) {
    if (conditions.evaluate(object.etag(), object.lastModified())
        == Preconditions.Outcome.NOT_MODIFIED) {
      return new NotModifiedOutput(object.etag(), object.lastModified()).encode();
    }
    conditions.check(object.etag(), object.lastModified());
    return null;
  }
}
