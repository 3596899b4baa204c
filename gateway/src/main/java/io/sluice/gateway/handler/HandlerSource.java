package io.sluice.gateway.handler;

import io.sluice.gateway.call.OperationHandler;
import java.util.List;

/** Makes the handlers of some operations. */
@FunctionalInterface
public interface HandlerSource {
  List<OperationHandler> handlers(HandlerContext context);
}
