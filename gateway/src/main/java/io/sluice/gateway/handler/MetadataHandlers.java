package io.sluice.gateway.handler;

import io.sluice.gateway.call.OperationHandler;
import java.util.List;

/** The operations that move no object bytes. */
public final class MetadataHandlers implements HandlerSource {
  @Override
  public List<OperationHandler> handlers(HandlerContext context) {
    return List.of(new ListBucketsHandler(context), new CreateBucketHandler(context));
  }
}
