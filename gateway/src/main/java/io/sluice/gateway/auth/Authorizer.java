package io.sluice.gateway.auth;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Operation;
import io.sluice.storage.proto.Bucket;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a caller may do what a row of the operation table says. Called on event loops.
 */
public interface Authorizer {
  /**
   * Returns if it is allowed.
   *
   * @param bucket the bucket in the path; null where the operation has none, or makes it
   * @throws S3Exception {@code AccessDenied}
   */
  void authorize(Caller caller, S3Operation operation, @Nullable Bucket bucket, RequestHead head);

  /**
   * The same for the bucket that a copy reads from.
   *
   * @param operation what reading it takes
   */
  void authorizeSource(Caller caller, S3Operation operation, Bucket bucket, RequestHead head);
}
