package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.ClusterSets;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetSets;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.BackupFailure;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BackupProgress;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Targets, and the backups in them. */
final class BackupRoutes {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]+([.-][a-z0-9]+)*");
  private static final int NAME_LENGTH_MAX = 64;

  private static final Map<String, BackupKind> KINDS =
      Map.of(
          "full", BackupKind.BACKUP_FULL,
          "incremental", BackupKind.BACKUP_INCREMENTAL,
          "differential", BackupKind.BACKUP_DIFFERENTIAL,
          "synthetic-full", BackupKind.BACKUP_SYNTHETIC_FULL);

  private final TargetRecords records;
  private final TargetSets sets;
  private final BackupRunner runner;
  private final InstantSource clock;

  BackupRoutes(TargetRecords records, TargetSets sets, BackupRunner runner, InstantSource clock) {
    this.records = records;
    this.sets = sets;
    this.runner = runner;
    this.clock = clock;
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.GET, "/targets", call -> list()),
        new AdminRoute(HttpMethod.POST, "/targets", this::add),
        new AdminRoute(HttpMethod.GET, "/targets/:name", this::show),
        new AdminRoute(HttpMethod.DELETE, "/targets/:name", this::remove),
        new AdminRoute(HttpMethod.GET, "/targets/:name/clusters", this::clusters),
        new AdminRoute(HttpMethod.POST, "/targets/:name/backups", this::run),
        new AdminRoute(HttpMethod.GET, "/targets/:name/backups", this::listSets),
        new AdminRoute(HttpMethod.GET, "/targets/:name/backups/:id", this::showSet),
        new AdminRoute(HttpMethod.GET, "/backups", call -> listAllSets()),
        new AdminRoute(HttpMethod.GET, "/backups/:id", this::showAnySet));
  }

  private Uni<AdminAnswer> list() {
    return records
        .list()
        .map(
            all -> {
              JsonArray shown = new JsonArray();
              all.forEach(target -> shown.add(json(target)));
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
        .onFailure(BackupRoutes::isConflict)
        .transform(
            failure ->
                AdminException.conflict(
                    "TargetExists", "There is a target %s already.".formatted(wanted.getName())))
        .onFailure()
        .transform(BackupRoutes::explained)
        .map(made -> AdminAnswer.created(json(made)));
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
    return find(call).map(target -> AdminAnswer.ok(json(target)));
  }

  private Uni<AdminAnswer> remove(AdminCall call) {
    return records
        .remove(call.path("name"))
        .onFailure()
        .transform(BackupRoutes::explained)
        .map(removed -> AdminAnswer.noContent());
  }

  private Uni<TargetRecord> find(AdminCall call) {
    return records.find(call.path("name")).onFailure().transform(BackupRoutes::explained);
  }

  /** Returns when it is asked for: whoever leads makes it. */
  private Uni<AdminAnswer> run(AdminCall call) {
    BackupKind kind = kind(call);
    return runner
        .ask(call.path("name"), kind)
        .onFailure()
        .transform(BackupRoutes::explained)
        .map(target -> AdminAnswer.accepted(running(target.getJob(), target.getName())));
  }

  /** The kind that a body names. */
  static BackupKind kind(AdminCall call) {
    BackupKind kind = KINDS.get(String.valueOf(call.text("kind")));
    if (kind == null) {
      throw AdminException.invalid(
          "kind is one of " + String.join(", ", KINDS.keySet().stream().sorted().toList()));
    }
    return kind;
  }

  private Uni<AdminAnswer> listSets(AdminCall call) {
    return find(call).flatMap(this::shown).map(AdminAnswer::ok);
  }

  private Uni<AdminAnswer> listAllSets() {
    return allSets().map(AdminAnswer::ok);
  }

  private Uni<AdminAnswer> clusters(AdminCall call) {
    return find(call)
        .flatMap(
            target ->
                sets.clusters(target)
                    .onFailure(IOException.class)
                    .transform(failure -> unreadable(target, failure)))
        .map(
            found -> {
              JsonArray clusters = new JsonArray();
              found.forEach(each -> clusters.add(json(each)));
              return AdminAnswer.ok(new JsonObject().put("clusters", clusters));
            });
  }

  private static JsonObject json(ClusterSets cluster) {
    JsonObject json =
        new JsonObject()
            .put("clusterId", cluster.clusterId().toString())
            .put("own", cluster.own())
            .put("backups", cluster.sets());
    cluster.newest().ifPresent(newest -> json.put("newest", newest.toString()));
    return json;
  }

  private Uni<JsonObject> allSets() {
    return records
        .list()
        .flatMap(
            all ->
                Multi.createFrom()
                    .iterable(all)
                    .onItem()
                    .transformToUniAndConcatenate(this::setsOrWhyNot)
                    .collect()
                    .in(BackupRoutes::nothing, BackupRoutes::addAll));
  }

  private static JsonObject nothing() {
    return new JsonObject().put("backups", new JsonArray()).put("others", new JsonArray());
  }

  private static void addAll(JsonObject to, JsonObject from) {
    for (String list : from.fieldNames()) {
      to.getJsonArray(list).addAll(from.getJsonArray(list));
    }
  }

  /** One target that is down must not hide what the others have. */
  private Uni<JsonObject> setsOrWhyNot(TargetRecord target) {
    return shown(target)
        .onFailure(AdminException.class)
        .recoverWithItem(
            failure ->
                new JsonObject()
                    .put(
                        "backups",
                        new JsonArray()
                            .add(
                                new JsonObject()
                                    .put("target", target.getName())
                                    .put("unreadable", failure.getMessage()))));
  }

  /** Of whichever target has it: ids are unique. */
  private Uni<AdminAnswer> showAnySet(AdminCall call) {
    String id = call.path("id");
    return allSets()
        .map(
            all ->
                all.getJsonArray("backups").stream()
                    .map(JsonObject.class::cast)
                    .filter(set -> id.equals(set.getString("id")))
                    .findFirst()
                    .map(AdminAnswer::ok)
                    .orElseThrow(
                        () ->
                            AdminException.notFound(
                                "NoSuchBackup",
                                "There is no backup %s in any target.".formatted(id))));
  }

  /** What a target has of this cluster, and that it has something of others. */
  private Uni<JsonObject> shown(TargetRecord target) {
    return sets.contents(target)
        .onFailure(IOException.class)
        .transform(failure -> unreadable(target, failure))
        .map(
            found -> {
              JsonArray backups = new JsonArray();
              for (BackupSet set : found.sets()) {
                boolean held = found.held().contains(set.id());
                backups.add(json(target, set).put("hold", held));
              }
              found
                  .damaged()
                  .forEach(
                      (id, problem) ->
                          backups.add(
                              new JsonObject()
                                  .put("id", id.text())
                                  .put("target", target.getName())
                                  .put("unreadable", problem)));
              JsonArray others = new JsonArray();
              found.clusters().stream()
                  .filter(cluster -> !cluster.own())
                  .forEach(cluster -> others.add(json(cluster).put("target", target.getName())));
              return new JsonObject().put("backups", backups).put("others", others);
            });
  }

  private static AdminException unreadable(TargetRecord target, Throwable failure) {
    return AdminException.conflict(
        "TargetUnreachable",
        "Target %s can't be read: %s".formatted(target.getName(), failure.getMessage()));
  }

  private Uni<AdminAnswer> showSet(AdminCall call) {
    String id = call.path("id");
    return find(call)
        .flatMap(
            target ->
                sets.find(target, id)
                    .onFailure(NoSuchFileException.class)
                    .transform(
                        failure ->
                            AdminException.notFound(
                                "NoSuchBackup",
                                "There is no backup %s in target %s."
                                    .formatted(id, target.getName())))
                    .onFailure(IOException.class)
                    .transform(failure -> unreadable(target, failure))
                    .map(set -> AdminAnswer.ok(json(target, set))));
  }

  private JsonObject json(TargetRecord target) {
    JsonObject json =
        new JsonObject()
            .put("name", target.getName())
            .put("url", target.getUrl())
            .put("encrypted", !target.getKeyFile().isEmpty())
            .put("retention", new JsonArray(target.getRetentionList()));
    if (target.getBytesPerSecondMax() > 0) {
      json.put("bytesPerSecondMax", target.getBytesPerSecondMax());
    }
    if (target.getSchedulesCount() + target.getDrillsCount() > 0) {
      json.put("schedules", ScheduleRoutes.json(target, clock.instant()));
    }
    if (target.hasLast()) {
      json.put("last", json(target.getLast()));
    }
    if (target.hasLastFull()) {
      json.put("lastFull", json(target.getLastFull()));
    }
    if (target.hasJob()) {
      json.put("running", running(target.getJob(), target.getName()));
    }
    if (target.hasLastFailure()) {
      BackupFailure failure = target.getLastFailure();
      json.put(
          "lastFailure",
          new JsonObject()
              .put("id", failure.getSetId())
              .put("at", Instant.ofEpochMilli(failure.getAtMs()).toString())
              .put("message", failure.getMessage()));
    }
    return json;
  }

  private static JsonObject json(TargetRecord target, BackupSet set) {
    JsonObject json =
        new JsonObject()
            .put("id", set.id().text())
            .put("target", target.getName())
            .put("kind", set.kind().toString())
            .put("at", set.cutAt().toString())
            .put(
                "seconds", Duration.between(set.startedAt(), set.finishedAt()).toMillis() / 1_000.0)
            .put("objects", set.counts().objects())
            .put("removals", set.counts().removals())
            .put("objectBytes", set.counts().objectBytes())
            .put("chunks", set.counts().chunks())
            .put("bytesRead", set.counts().chunkBytes())
            .put("bytesWritten", set.counts().storedBytes());
    set.parentId().ifPresent(parent -> json.put("parent", parent.text()));
    return json;
  }

  private static JsonObject json(BackupPoint point) {
    return new JsonObject()
        .put("id", point.getSetId())
        .put("kind", name(point.getKind()))
        .put("completed", Instant.ofEpochMilli(point.getCompletedMs()).toString())
        .put("lost", point.getLost());
  }

  private static JsonObject running(BackupJob job, String target) {
    BackupProgress progress = BackupRunner.progress(job);
    JsonObject json = new JsonObject();
    if (progress.getSilentSinceMs() > 0) {
      json.put("noAnswerSince", Instant.ofEpochMilli(progress.getSilentSinceMs()).toString());
    }
    return json.put("id", job.getSetId())
        .put("target", target)
        .put("kind", name(job.getKind()))
        .put("node", job.getOwner())
        .put("started", Instant.ofEpochMilli(job.getStartedMs()).toString())
        .put("objects", progress.getObjects())
        .put("bytesRead", progress.getBytesRead())
        .put("bytesWritten", progress.getBytesWritten());
  }

  static String name(BackupKind kind) {
    return kind.name().replace("BACKUP_", "").replace('_', '-').toLowerCase(Locale.ROOT);
  }

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
}
