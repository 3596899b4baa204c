package io.sluice.recovery.backup.target.s3;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends requests until they are answered, within limits. Every request of a backup can be sent
 * again: what it writes has a condition or always the same bytes. Blocks; any thread.
 */
final class S3Client {
  private static final Logger LOG = LoggerFactory.getLogger(S3Client.class);

  private static final Set<String> CHANGING =
      Set.of("PutObject", "CompleteMultipartUpload", "DeleteObject");

  private final S3Exchange exchange;
  private final S3Failures failures;
  private final CredentialsSource source;
  private final S3Limits limits;
  private final Pause pause;
  private final LongSupplier nanoTime;
  private final RetryBudget budget = new RetryBudget();

  /** Whether the endpoint ever answered: one that never did is rather misspelled than down. */
  private volatile boolean reached;

  private volatile S3Objects.Guard guard = () -> {};

  S3Client(
      S3Exchange exchange,
      S3Failures failures,
      CredentialsSource source,
      S3Limits limits,
      Pause pause,
      LongSupplier nanoTime) {
    this.exchange = exchange;
    this.failures = failures;
    this.source = source;
    this.limits = limits;
    this.pause = pause;
    this.nanoTime = nanoTime;
  }

  /**
   * Sends a request.
   *
   * @return a good answer (2xx)
   * @throws S3Failure for every other one, or none: the last, which knows whether each attempt
   *     before it was refused
   */
  S3Answer send(S3Call call) throws IOException {
    long begun = nanoTime.getAsLong();
    boolean renewed = false;
    S3Failure before = null;
    try {
      for (int attempt = 1; ; attempt++) {
        S3Failure failure;
        try {
          return attempt(call);
        } catch (S3Failure e) {
          failure = e.after(before);
          before = failure;
        }
        boolean isUntold = call.method().equals("HEAD") && failure.mayBeStaleKey();
        if ((failure.isStaleKey() || isUntold) && !renewed && source.reload()) {
          renewed = true;
          continue;
        }
        if (call.isOnce()) {
          throw failure;
        }
        Duration wait = waitFor(failure, attempt);
        long spent = nanoTime.getAsLong() - begun;
        if (!failure.isTransient()
            || attempt >= limits.attempts(call.isBrief() || !reached)
            || wait.compareTo(limits.retryingMax().minusNanos(spent)) > 0
            || !budget.take()) {
          throw failure;
        }
        LOG.debug("Attempt {} in {}: {}", attempt + 1, wait, failure.getMessage());
        if (!pause.pause(wait)) {
          throw failure;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /** Has this be asked before each attempt of what changes an object. */
  void guard(S3Objects.Guard before) {
    guard = before;
  }

  private S3Answer attempt(S3Call call) throws IOException, InterruptedException {
    if (CHANGING.contains(call.operation())) {
      guard.require();
    }
    S3Answer answer;
    try {
      answer = exchange.send(call);
    } catch (IOException e) {
      throw failures.of(call, e, reached);
    }
    reached = true;
    S3Failure failure = failures.of(call, answer);
    if (failure != null) {
      throw failure;
    }
    budget.succeeded();
    return answer;
  }

  private Duration waitFor(S3Failure failure, int attempt) {
    Duration own = limits.pause(attempt, ThreadLocalRandom.current().nextDouble());
    Duration asked = failure.retryAfter();
    return asked == null || asked.compareTo(own) < 0 ? own : asked;
  }
}
