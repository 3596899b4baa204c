package io.sluice.recovery.backup.target.s3;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request that was refused, or had no answer. The message is one line, for people. */
final class S3Failure extends IOException {
  private static final long serialVersionUID = 1L;

  /** What is refused now and may not be in a moment, beside all of 5xx but NotImplemented. */
  private static final Set<String> TRANSIENT =
      Set.of(
          "SlowDown",
          "RequestTimeout",
          "RequestTimeoutException",
          "Throttling",
          "ThrottlingException",
          "TooManyRequests",
          "RequestLimitExceeded",
          "BandwidthLimitExceeded",
          "InternalError",
          "ServiceUnavailable",
          "OperationAborted",
          "ConditionalRequestConflict",
          // The bytes were hurt on their way, and are sent again.
          "BadDigest",
          "XAmzContentSHA256Mismatch",
          "IncompleteBody");

  /** The key was good once: a newer one may be there already. */
  private static final Set<String> STALE_KEY =
      Set.of("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidAccessKeyId");

  private final int status;
  private final String code;
  private final @Nullable Duration retryAfter;

  /** Whether an attempt before may be done, or be under way. */
  private final boolean mayBeDone;

  private S3Failure(
      int status,
      String code,
      @Nullable Duration retryAfter,
      boolean mayBeDone,
      String message,
      @Nullable Throwable cause) {
    super(message, cause);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
    this.mayBeDone = mayBeDone;
  }

  static S3Failure refused(int status, String code, @Nullable Duration retryAfter, String message) {
    return new S3Failure(status, code, retryAfter, false, message, null);
  }

  /** No answer came, or half of one, or none that can be; what was asked for may be done. */
  static S3Failure unanswered(String message, @Nullable Throwable cause) {
    return new S3Failure(0, "", null, false, message, cause);
  }

  /**
   * The same of the last attempt of several.
   *
   * @param before of the one before it; null: it is the first
   */
  S3Failure after(@Nullable S3Failure before) {
    return before == null || before.isRefusal() || !isRefusal()
        ? this
        : new S3Failure(status, code, retryAfter, true, String.valueOf(getMessage()), this);
  }

  /** Of HTTP; 0 when there was no answer. */
  int status() {
    return status;
  }

  /** S3's word for it; empty when there was none. */
  boolean is(String errorCode) {
    return code.equals(errorCode);
  }

  /** What the endpoint asked to wait; null when it didn't. */
  @Nullable Duration retryAfter() {
    return retryAfter;
  }

  /** Whether the same request may be answered better in a moment. */
  boolean isTransient() {
    return status == 0
        || status == 429
        || (status >= 500 && status != 501)
        || TRANSIENT.contains(code);
  }

  /**
   * Whether the endpoint said that it did not do it, each time that it was asked; else it may be
   * done, or be under way.
   */
  boolean isRefusal() {
    return !mayBeDone && isRefused();
  }

  private boolean isRefused() {
    return (status / 100 == 4 && status != 409) || status == 501 || status == 503 || status == 507;
  }

  /** Whether the object, or the upload, is not there. */
  boolean isMissing() {
    return status == 404 && !is("NoSuchBucket");
  }

  boolean isPreconditionFailed() {
    return status == 412;
  }

  boolean isStaleKey() {
    return STALE_KEY.contains(code);
  }

  /** Whether it may be that and did not say so: the answer to a HEAD has no body. */
  boolean mayBeStaleKey() {
    return code.isEmpty() && (status == 400 || status == 401 || status == 403);
  }
}
