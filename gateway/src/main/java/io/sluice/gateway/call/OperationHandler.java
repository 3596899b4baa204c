package io.sluice.gateway.call;

import io.sluice.s3.S3Operation;
import io.smallrye.mutiny.Uni;

/**
 * Does one S3 operation. One instance serves all requests, on the event loop of each: it must
 * return at once and must not block.
 */
public interface OperationHandler {
  /** The row this handles. */
  S3Operation operation();

  /**
   * Handles a call that is authenticated and authorised. The body is paused; whoever wants it takes
   * it with {@link Exchange#takeBody}.
   *
   * @return completes when the whole response has been given to the connection. A failure becomes
   *     an S3 error, or, once the head of the response is out, the end of the connection. May
   *     complete on any thread
   */
  Uni<Void> handle(S3Call call);
}
