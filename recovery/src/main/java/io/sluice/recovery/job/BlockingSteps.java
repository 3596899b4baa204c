package io.sluice.recovery.job;

import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Has steps that block done by threads that are there for it. */
final class BlockingSteps {
  private BlockingSteps() {}

  /**
   * Does a step, anew for each subscription. The result arrives on the worker's thread.
   *
   * @return fails with what the step throws, and with an {@link IOException} for people when the
   *     worker takes no more
   */
  static <T> Uni<T> on(Executor worker, Callable<T> step) {
    return Uni.createFrom()
        .completionStage(
            () -> {
              CompletableFuture<T> done = new CompletableFuture<>();
              try {
                worker.execute(() -> run(step, done));
              } catch (RejectedExecutionException full) {
                done.completeExceptionally(
                    new IOException("too much of this is going on just now; try again", full));
              }
              return done;
            });
  }

  private static <T> void run(Callable<T> step, CompletableFuture<T> done) {
    try {
      done.complete(step.call());
    } catch (Exception | Error e) { // whoever waits must hear of it
      done.completeExceptionally(e);
    }
  }
}
