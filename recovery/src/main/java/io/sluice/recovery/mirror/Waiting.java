package io.sluice.recovery.mirror;

import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what arrives elsewhere, on threads that exist to wait. */
final class Waiting {
  private Waiting() {}

  /** Waits for a result; what it fails with is thrown. */
  static <T> T get(Uni<T> result, Duration limit) throws IOException {
    return get(result.subscribeAsCompletionStage(), limit);
  }

  /**
   * Waits for a result; what it fails with is thrown.
   *
   * @throws InterruptedIOException when the thread is interrupted
   */
  static <T> T get(CompletableFuture<T> result, Duration limit) throws IOException {
    try {
      return result.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw new IOException(String.valueOf(e.getCause()), e);
    } catch (TimeoutException e) {
      throw new IOException("no answer within " + limit.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
  }
}
