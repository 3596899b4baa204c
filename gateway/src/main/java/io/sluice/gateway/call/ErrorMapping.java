package io.sluice.gateway.call;

import static io.sluice.s3.S3ErrorCode.INTERNAL_ERROR;
import static io.sluice.s3.S3ErrorCode.SERVICE_UNAVAILABLE;
import static io.sluice.s3.S3ErrorCode.SLOW_DOWN;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Refusal;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where what went wrong becomes an S3 error. A write whose outcome is unknown is
 * never reported as if it had not happened: it is a 503 that says so, which clients answer by
 * asking again.
 */
public final class ErrorMapping {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorMapping.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  private static final Duration NO_SPACE_RETRY_AFTER = Duration.ofSeconds(30);

  /**
   * An error on its way out.
   *
   * @param retryAfter when to come back; zero when that is not said
   */
  public record Mapped(S3Exception error, Duration retryAfter) {}

  private ErrorMapping() {}

  /**
   * Maps a failure. What is not the client's doing, nor a lack of capacity, is logged here, once,
   * with the request's id.
   */
  public static Mapped map(Throwable failure, String requestId) {
    if (failure instanceof S3Exception known) {
      boolean busy = known.code() == SLOW_DOWN || known.code() == SERVICE_UNAVAILABLE;
      return new Mapped(known, busy ? RETRY_AFTER : Duration.ZERO);
    }
    if (failure instanceof StorageFailure storage) {
      return ofStorage(storage, requestId);
    }
    LOG.atError()
        .addKeyValue("requestId", requestId)
        .setCause(failure)
        .log("a request failed unexpectedly");
    return internal(failure);
  }

  private static Mapped ofStorage(StorageFailure failure, String requestId) {
    if (failure instanceof StorageFailure.Refused refused) {
      return refused(refused, requestId);
    }
    if (failure instanceof StorageFailure.Unavailable unavailable) {
      return new Mapped(
          new S3Exception(SLOW_DOWN, SLOW_DOWN.message(), Map.of(), failure),
          unavailable.retryAfter());
    }
    if (failure instanceof StorageFailure.NotLeader) {
      return new Mapped(
          new S3Exception(SLOW_DOWN, SLOW_DOWN.message(), Map.of(), failure), RETRY_AFTER);
    }
    if (failure instanceof StorageFailure.OutcomeUnknown) {
      warn(failure, requestId, "the outcome of a write is unknown");
      return new Mapped(
          new S3Exception(
              SERVICE_UNAVAILABLE,
              "The outcome of the request is unknown: it may or may not have taken effect. Please"
                  + " look before you try again.",
              Map.of(),
              failure),
          RETRY_AFTER);
    }
    if (failure instanceof StorageFailure.DiskFailed) {
      warn(failure, requestId, "no disk takes the write");
      return new Mapped(
          new S3Exception(SERVICE_UNAVAILABLE, SERVICE_UNAVAILABLE.message(), Map.of(), failure),
          RETRY_AFTER);
    }
    // A chunk that is missing or damaged everywhere: data loss, the operator must see it.
    LOG.atError()
        .addKeyValue("requestId", requestId)
        .setCause(failure)
        .log("stored data could not be read");
    return internal(failure);
  }

  private static Mapped refused(StorageFailure.Refused refused, String requestId) {
    Refusal refusal = refused.refusal();
    return switch (refusal.getCode()) {
      case NO_SUCH_BUCKET -> client(S3ErrorCode.NO_SUCH_BUCKET, refusal);
      case BUCKET_EXISTS -> client(S3ErrorCode.BUCKET_ALREADY_EXISTS, refusal);
      case BUCKET_OWNED_BY_YOU -> client(S3ErrorCode.BUCKET_ALREADY_OWNED_BY_YOU, refusal);
      case BUCKET_NOT_EMPTY -> client(S3ErrorCode.BUCKET_NOT_EMPTY, refusal);
      case NO_SUCH_KEY -> client(S3ErrorCode.NO_SUCH_KEY, refusal);
      case NO_SUCH_VERSION -> client(S3ErrorCode.NO_SUCH_VERSION, refusal);
      case NO_SUCH_UPLOAD -> client(S3ErrorCode.NO_SUCH_UPLOAD, refusal);
      case INVALID_PART -> client(S3ErrorCode.INVALID_PART, refusal);
      case INVALID_PART_ORDER -> client(S3ErrorCode.INVALID_PART_ORDER, refusal);
      case PART_TOO_SMALL -> client(S3ErrorCode.ENTITY_TOO_SMALL, refusal);
      case PRECONDITION_FAILED -> client(S3ErrorCode.PRECONDITION_FAILED, refusal);
      case CONFLICT -> client(S3ErrorCode.CONDITIONAL_REQUEST_CONFLICT, refusal);
      case WRITES_CLOSED -> described(S3ErrorCode.ACCESS_DENIED, refusal);
      case CHECKSUM_MISMATCH -> described(S3ErrorCode.BAD_DIGEST, refusal);
      case INVALID_ARGUMENT -> described(S3ErrorCode.INVALID_ARGUMENT, refusal);
      case TOO_MANY, OBJECT_SIZE_MISMATCH -> described(S3ErrorCode.INVALID_REQUEST, refusal);
      case ACCOUNT_EXISTS,
          ACCESS_KEY_EXISTS,
          NO_SUCH_ACCOUNT,
          ACCOUNT_OWNS_BUCKETS,
          NODE_NAME_TAKEN,
          NODE_GONE,
          NO_SUCH_NODE,
          OUTSIDE_HISTORY,
          SNAPSHOT_EXISTS,
          NO_SUCH_SNAPSHOT,
          NO_SUCH_TARGET,
          BACKUP_LOST,
          STANDBY_OVER,
          BACKUP_TAKEN_OVER,
          NO_SUCH_MIRROR,
          MIRROR_TAKEN_OVER ->
          described(S3ErrorCode.INVALID_REQUEST, refusal);
      // Refused before anything was changed: the same request may succeed.
      case DEADLINE_PASSED,
          DEADLINE_TOO_FAR,
          CHUNK_BELOW_HORIZON,
          FORMAT_NOT_ACTIVE,
          LEASE_NEEDED ->
          new Mapped(
              new S3Exception(SLOW_DOWN, SLOW_DOWN.message(), Map.of(), refused), RETRY_AFTER);
      case NO_SPACE ->
          new Mapped(
              new S3Exception(SERVICE_UNAVAILABLE, refusal.getMessage(), Map.of(), refused),
              NO_SPACE_RETRY_AFTER);
      case REFUSAL_UNSPECIFIED, UNRECOGNIZED -> {
        warn(refused, requestId, "the metadata refused for a reason that is not known here");
        yield internal(refused);
      }
    };
  }

  private static Mapped client(S3ErrorCode code, Refusal refusal) {
    return new Mapped(
        new S3Exception(code, code.message(), refusal.getFieldsMap(), null), Duration.ZERO);
  }

  private static Mapped described(S3ErrorCode code, Refusal refusal) {
    String message = refusal.getMessage().isEmpty() ? code.message() : refusal.getMessage();
    return new Mapped(new S3Exception(code, message, refusal.getFieldsMap(), null), Duration.ZERO);
  }

  private static Mapped internal(Throwable cause) {
    return new Mapped(
        new S3Exception(INTERNAL_ERROR, INTERNAL_ERROR.message(), Map.of(), cause), Duration.ZERO);
  }

  private static void warn(Throwable failure, String requestId, String message) {
    LOG.atWarn().addKeyValue("requestId", requestId).setCause(failure).log(message);
  }
}
