package io.sluice.gateway.call;

import io.sluice.s3.S3Operation;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which handler does which operation. Immutable. */
public final class OperationHandlers {
  private final Map<S3Operation, OperationHandler> byOperation = new EnumMap<>(S3Operation.class);

  /**
   * @throws IllegalArgumentException for two handlers of one operation
   */
  public OperationHandlers(Collection<? extends OperationHandler> handlers) {
    for (OperationHandler handler : handlers) {
      OperationHandler other = byOperation.put(handler.operation(), handler);
      if (other != null) {
        throw new IllegalArgumentException("two handlers of " + handler.operation().awsName());
      }
    }
  }

  /** The handler of an operation; null when it is not implemented. */
  public @Nullable OperationHandler of(S3Operation operation) {
    return byOperation.get(operation);
  }

  /** What is implemented. */
  public Set<S3Operation> implemented() {
    return Set.copyOf(byOperation.keySet());
  }
}
