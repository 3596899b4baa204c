package io.sluice.recovery.backup.target.s3;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Collects an answer's body up to a size and within a time. The JDK's own time limit of a request
 * ends with the answer's head: an endpoint that stops in mid-body would be waited for without end.
 */
final class AnswerBody implements BodySubscriber<byte[]> {
  private static final int BYTES_MIN = 1 << 10;

  private final int bytesMax;
  private final Duration deadline;
  private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
  private byte[] bytes;
  private int length;

  /**
   * @param expected what {@code Content-Length} says, or 0
   */
  AnswerBody(long expected, int bytesMax, Duration deadline) {
    this.bytesMax = bytesMax;
    this.deadline = deadline;
    this.bytes = new byte[(int) Math.max(BYTES_MIN, Math.min(expected, bytesMax))];
  }

  @Override
  public CompletionStage<byte[]> getBody() {
    return whole.exceptionallyCompose(
        failure ->
            CompletableFuture.failedFuture(
                failure instanceof TimeoutException
                    ? new HttpTimeoutException("the answer stopped half-way")
                    : failure));
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    var unused =
        whole
            .orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    subscription.cancel();
                  }
                });
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    for (ByteBuffer buffer : buffers) {
      int count = buffer.remaining();
      if (count > bytesMax - length) {
        whole.completeExceptionally(new IOException("an answer of more than " + bytesMax));
        return;
      }
      if (count > bytes.length - length) {
        bytes = Arrays.copyOf(bytes, Math.min(bytesMax, Math.max(2 * length, length + count)));
      }
      buffer.get(bytes, length, count);
      length += count;
    }
  }

  @Override
  public void onError(Throwable failure) {
    whole.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    whole.complete(length == bytes.length ? bytes : Arrays.copyOf(bytes, length));
  }
}
