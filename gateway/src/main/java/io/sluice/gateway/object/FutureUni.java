package io.sluice.gateway.object;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import java.util.function.Supplier;

/** From Vert.x' futures to Mutiny. */
final class FutureUni {
  private FutureUni() {}

  /** Starts the work when it is subscribed to; completes where the future does. */
  static <T> Uni<T> of(Supplier<Future<T>> work) {
    return Uni.createFrom()
        .emitter(emitter -> work.get().onComplete(emitter::complete, emitter::fail));
  }
}
