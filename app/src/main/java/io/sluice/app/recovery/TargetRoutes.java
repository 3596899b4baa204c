package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetSets;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code /targets}: where backups go. */
final class TargetRoutes {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]+([.-][a-z0-9]+)*");
  private static final int NAME_LENGTH_MAX = 64;

  private final TargetRecords records;
  private final TargetSets sets;
  private final InstantSource clock;

  TargetRoutes(TargetRecords records, TargetSets sets, InstantSource clock) {
    this.records = records;
    this.sets = sets;
    this.clock = clock;
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.GET, "/targets", call -> list()),
        new AdminRoute(HttpMethod.POST, "/targets", this::add),
        new AdminRoute(HttpMethod.GET, "/targets/:name", this::show),
        new AdminRoute(HttpMethod.DELETE, "/targets/:name", this::remove),
        new AdminRoute(HttpMethod.GET, "/targets/:name/clusters", this::clusters));
  }

  private Uni<AdminAnswer> list() {
    return records
        .list()
        .map(
            all -> {
              JsonArray shown = new JsonArray();
              all.forEach(target -> shown.add(BackupJson.of(target, clock.instant())));
              return AdminAnswer.ok(new JsonObject().put("targets", shown));
            });
  }

  private Uni<AdminAnswer> add(AdminCall call) {
    TargetRecord wanted = wanted(call);
    return sets.check(wanted)
        .onFailure(IllegalArgumentException.class)
        .transform(failure -> AdminException.invalid(String.valueOf(failure.getMessage())))
        .onFailure(IOException.class)
        .transform(
            failure ->
                AdminException.conflict(
                    "TargetUnreachable", "The target can't be used: " + failure.getMessage()))
        .chain(() -> records.put(wanted, 0))
        .onFailure(TargetRoutes::isConflict)
        .transform(
            failure ->
                AdminException.conflict(
                    "TargetExists", "There is a target %s already.".formatted(wanted.getName())))
        .onFailure()
        .transform(TargetAnswers::explained)
        .map(made -> AdminAnswer.created(BackupJson.of(made, clock.instant())));
  }

  private static boolean isConflict(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.CONFLICT;
  }

  private static TargetRecord wanted(AdminCall call) {
    String name = call.text("name");
    String url = call.text("url");
    String keyFile = call.text("keyFile");
    String credentialsFile = call.text("credentialsFile");
    if (name == null || name.length() > NAME_LENGTH_MAX || !NAME.matcher(name).matches()) {
      throw AdminException.invalid(
          "The name of a target has 1 to 64 lower-case letters, digits and single hyphens or dots"
              + " between them; '%s' is another.".formatted(name));
    }
    return TargetRecord.newBuilder()
        .setName(name)
        .setUrl(placeUrl(url))
        .setKeyFile(keyFile == null ? "" : keyFile)
        .setCredentialsFile(credentialsFile == null ? "" : credentialsFile)
        .setBytesPerSecondMax(bytesPerSecondMax(call))
        .addAllRetention(RetentionRoutes.rules(call))
        .build();
  }

  /**
   * A URL of a body.
   *
   * @throws AdminException when it can be that of no place, whatever is there
   */
  static String placeUrl(@Nullable String url) {
    if (url == null || url.isEmpty()) {
      throw AdminException.invalid("url is missing");
    }
    try {
      String unused = BackupTargets.place(url);
      return url;
    } catch (IllegalArgumentException e) {
      throw AdminException.invalid(String.valueOf(e.getMessage()));
    }
  }

  /** The limit in a body; 0: none. */
  static long bytesPerSecondMax(AdminCall call) {
    Object given = call.body().getValue("bytesPerSecondMax");
    if (given == null) {
      return 0;
    }
    if (!(given instanceof Number number) || number.longValue() < 1) {
      throw AdminException.invalid("bytesPerSecondMax is a number of bytes, 1 or more");
    }
    return number.longValue();
  }

  private Uni<AdminAnswer> show(AdminCall call) {
    return TargetAnswers.find(records, call)
        .map(target -> AdminAnswer.ok(BackupJson.of(target, clock.instant())));
  }

  private Uni<AdminAnswer> remove(AdminCall call) {
    return records
        .remove(call.path("name"))
        .onFailure()
        .transform(TargetAnswers::explained)
        .map(removed -> AdminAnswer.noContent());
  }

  private Uni<AdminAnswer> clusters(AdminCall call) {
    return TargetAnswers.find(records, call)
        .flatMap(
            target ->
                sets.clusters(target)
                    .onFailure(IOException.class)
                    .transform(failure -> TargetAnswers.unreadable(target, failure)))
        .map(
            found -> {
              JsonArray clusters = new JsonArray();
              found.forEach(each -> clusters.add(BackupJson.of(each)));
              return AdminAnswer.ok(new JsonObject().put("clusters", clusters));
            });
  }
}
