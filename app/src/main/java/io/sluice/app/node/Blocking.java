package io.sluice.app.node;

import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting in a thread, which only a start and a stop may do. */
public final class Blocking {
  private static final Duration START_LIMIT = Duration.ofMinutes(10);

  private Blocking() {}

  /** Waits as long as a start may take. */
  public static <T> T await(Future<T> future) throws IOException {
    return await(future, START_LIMIT);
  }

  /** Waits for a future. */
  public static <T> T await(Future<T> future, Duration limit) throws IOException {
    return await(future.toCompletionStage(), limit);
  }

  /**
   * Waits for a result.
   *
   * @throws IOException when the limit passes, or for a failure that is not unchecked
   */
  public static <T> T await(CompletionStage<T> stage, Duration limit) throws IOException {
    try {
      return stage.toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw new IOException(cause.getMessage(), cause);
    } catch (TimeoutException e) {
      throw new IOException("gave up after " + limit.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
