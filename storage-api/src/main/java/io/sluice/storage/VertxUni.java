package io.sluice.storage;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * The bridge from Vert.x' futures to Mutiny: ports speak the former, operations are composed in the
 * latter.
 */
public final class VertxUni {
  private VertxUni() {}

  /** Makes the call anew for each subscription; one that throws has failed. */
  public static <T> Uni<T> of(Supplier<Future<T>> call) {
    return Uni.createFrom().completionStage(() -> call.get().toCompletionStage());
  }
}
