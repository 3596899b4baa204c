package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import org.jspecify.annotations.Nullable;

/** The target that a call is about, and what is said where there is none to work with. */
final class TargetAnswers {
  private TargetAnswers() {}

  /** The one that the path names. */
  static Uni<TargetRecord> find(TargetRecords records, AdminCall call) {
    return find(records, call.path("name"));
  }

  private static Uni<TargetRecord> find(TargetRecords records, String name) {
    return records.find(name).onFailure().transform(TargetAnswers::explained);
  }

  /** The target of that name, or the only one. */
  static Uni<TargetRecord> findOrOnly(TargetRecords records, @Nullable String name) {
    if (name != null) {
      return find(records, name);
    }
    return records
        .list()
        .map(
            all -> {
              if (all.size() != 1) {
                throw AdminException.conflict(
                    "NoTarget",
                    all.isEmpty()
                        ? "This cluster has no target."
                        : "Which target? It has several.");
              }
              return all.get(0);
            });
  }

  /** What a refusal of the metadata is to who called; other failures are as they were. */
  static Throwable explained(Throwable failure) {
    if (!(failure instanceof StorageFailure.Refused refused)) {
      return failure;
    }
    String message = refused.refusal().getMessage();
    return switch (refused.code()) {
      case NO_SUCH_TARGET -> AdminException.notFound("NoSuchTarget", message);
      case INVALID_ARGUMENT -> AdminException.invalid(message);
      case CONFLICT, BACKUP_LOST, BACKUP_TAKEN_OVER, TOO_MANY, FORMAT_NOT_ACTIVE ->
          AdminException.conflict("Refused", message);
      default -> failure;
    };
  }

  /** That its files are out of reach. */
  static AdminException unreadable(TargetRecord target, Throwable failure) {
    return AdminException.conflict(
        "TargetUnreachable",
        "Target %s can't be read: %s".formatted(target.getName(), failure.getMessage()));
  }
}
