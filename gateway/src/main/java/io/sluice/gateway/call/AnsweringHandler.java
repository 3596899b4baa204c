package io.sluice.gateway.call;

import io.sluice.s3.S3Response;
import io.smallrye.mutiny.Uni;

/** An operation whose whole answer is in memory: a document, or header fields only. */
public interface AnsweringHandler extends OperationHandler {
  /** The answer; may complete on any thread. */
  Uni<S3Response> answer(S3Call call);

  @Override
  default Uni<Void> handle(S3Call call) {
    return call.onContext(answer(call)).chain(call.exchange()::send);
  }
}
