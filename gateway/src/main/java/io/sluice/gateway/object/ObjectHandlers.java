package io.sluice.gateway.object;

import io.sluice.gateway.call.OperationHandler;
import io.sluice.gateway.handler.HandlerContext;
import io.sluice.gateway.handler.HandlerSource;
import java.util.List;

/** The operations that move object bytes, and those that describe them. */
public final class ObjectHandlers implements HandlerSource {
  private final ObjectPlane plane;

  public ObjectHandlers(ObjectPlane plane) {
    this.plane = plane;
  }

  @Override
  public List<OperationHandler> handlers(HandlerContext context) {
    ObjectReader reader = new ObjectReader(context);
    return List.of(
        new PutObjectHandler(context, plane),
        new GetObjectHandler(reader, plane),
        new HeadObjectHandler(reader),
        new GetObjectAttributesHandler(reader),
        new GetObjectTaggingHandler(reader),
        new CopyObjectHandler(context, reader, plane),
        new UploadPartHandler(context, plane),
        new UploadPartCopyHandler(context, reader, plane));
  }
}
