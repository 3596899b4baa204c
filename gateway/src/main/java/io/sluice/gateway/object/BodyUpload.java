package io.sluice.gateway.object;

import io.sluice.gateway.call.Exchange;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.pipe.BodyTerms;
import io.sluice.gateway.pipe.UploadPipeline;
import io.sluice.gateway.pipe.UploadedBody;
import io.smallrye.mutiny.Uni;

/** From a call's body to stored bytes. */
final class BodyUpload {
  private BodyUpload() {}

  /**
   * Takes the body of a call and stores it.
   *
   * @return completes on the call's event loop; fails as {@link UploadPipeline#upload} does
   */
  static Uni<UploadedBody> store(S3Call call, UploadPipeline uploads, BodyTerms terms) {
    Exchange exchange = call.exchange();
    return FutureUni.of(() -> uploads.upload(exchange.takeBody(), terms, exchange.context()))
        .invoke(exchange::bodyEnded);
  }
}
