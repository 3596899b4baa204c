package io.sluice.cluster.channel;

import com.google.protobuf.InvalidProtocolBufferException;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Failure;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A {@link StorageFailure} on its way between nodes: the same leaf arrives. */
final class FailureCodec {
  private static final int MESSAGE_LENGTH_MAX = 1000;

  private FailureCodec() {}

  /** Anything that is not a storage failure is a bug or a surprise, and goes as INTERNAL. */
  static Failure toProto(Throwable cause) {
    Failure.Builder failure = Failure.newBuilder().setMessage(message(cause));
    if (cause instanceof StorageFailure.Refused refused) {
      failure.setKind(Failure.Kind.REFUSED).setRefusal(refused.refusal());
    } else if (cause instanceof StorageFailure.Unavailable unavailable) {
      failure
          .setKind(Failure.Kind.UNAVAILABLE)
          .setRetryAfterMs(unavailable.retryAfter().toMillis());
    } else if (cause instanceof StorageFailure.NotLeader other) {
      failure.setKind(Failure.Kind.NOT_LEADER);
      String leader = other.leader();
      if (leader != null) {
        failure.setLeader(leader);
      }
    } else if (cause instanceof StorageFailure.OutcomeUnknown) {
      failure.setKind(Failure.Kind.OUTCOME_UNKNOWN);
    } else if (cause instanceof StorageFailure.ChunkNotFound) {
      failure.setKind(Failure.Kind.CHUNK_NOT_FOUND);
    } else if (cause instanceof StorageFailure.ChunkDamaged) {
      failure.setKind(Failure.Kind.CHUNK_DAMAGED);
    } else if (cause instanceof StorageFailure.DiskFailed) {
      failure.setKind(Failure.Kind.DISK_FAILED);
    } else {
      failure.setKind(Failure.Kind.INTERNAL);
    }
    return failure.build();
  }

  private static String message(Throwable cause) {
    String message = cause instanceof StorageFailure ? cause.getMessage() : cause.toString();
    if (message == null) {
      return "";
    }
    return message.substring(0, Math.min(message.length(), MESSAGE_LENGTH_MAX));
  }

  /**
   * What the other node said.
   *
   * @param shard of the request, if it was one to a shard
   * @param isCommand whether the request may have changed metadata: then an INTERNAL failure says
   *     nothing about whether it did
   */
  static StorageFailure toStorage(Failure failure, int shard, boolean isCommand) {
    String message = failure.getMessage();
    return switch (failure.getKind()) {
      case REFUSED -> new StorageFailure.Refused(failure.getRefusal());
      case UNAVAILABLE ->
          new StorageFailure.Unavailable(
              message, Duration.ofMillis(Math.max(0, failure.getRetryAfterMs())), null);
      case NOT_LEADER -> new StorageFailure.NotLeader(shard, leader(failure));
      case OUTCOME_UNKNOWN -> new StorageFailure.OutcomeUnknown(message, null);
      case CHUNK_NOT_FOUND -> new StorageFailure.ChunkNotFound(message);
      case CHUNK_DAMAGED -> new StorageFailure.ChunkDamaged(message, null);
      case DISK_FAILED -> new StorageFailure.DiskFailed(message, null);
      case INTERNAL, UNRECOGNIZED -> surprise(message, isCommand);
    };
  }

  static StorageFailure surprise(String message, boolean isCommand) {
    return isCommand
        ? new StorageFailure.OutcomeUnknown(message, null)
        : new StorageFailure.Unavailable(message, Wire.RETRY_AFTER, null);
  }

  private static @Nullable String leader(Failure failure) {
    return failure.getLeader().isEmpty() ? null : failure.getLeader();
  }

  static Buffer encode(Throwable cause) {
    return Buffer.buffer(toProto(cause).toByteArray());
  }

  /**
   * Reads a failure.
   *
   * @throws InvalidProtocolBufferException when it is none
   */
  static Failure decode(Buffer body) throws InvalidProtocolBufferException {
    return Failure.parseFrom(body.getBytes());
  }

  /** For people and their tools: the body says it exactly. */
  static int status(Throwable cause) {
    if (cause instanceof MalformedRequestException) {
      return 400;
    }
    if (cause instanceof StorageFailure.Refused) {
      return 409;
    }
    if (cause instanceof StorageFailure.ChunkNotFound) {
      return 404;
    }
    return cause instanceof StorageFailure ? 503 : 500;
  }
}
