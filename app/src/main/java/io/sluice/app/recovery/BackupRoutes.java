package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetSets;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** The backups in targets. */
final class BackupRoutes {
  private final TargetRecords records;
  private final TargetSets sets;
  private final BackupRunner runner;

  BackupRoutes(TargetRecords records, TargetSets sets, BackupRunner runner) {
    this.records = records;
    this.sets = sets;
    this.runner = runner;
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.POST, "/targets/:name/backups", this::run),
        new AdminRoute(HttpMethod.GET, "/targets/:name/backups", this::listSets),
        new AdminRoute(HttpMethod.GET, "/targets/:name/backups/:id", this::showSet),
        new AdminRoute(HttpMethod.GET, "/backups", call -> listAllSets()),
        new AdminRoute(HttpMethod.GET, "/backups/:id", this::showAnySet));
  }

  /** Returns when it is asked for: whoever leads makes it. */
  private Uni<AdminAnswer> run(AdminCall call) {
    BackupKind kind = BackupJson.kind(call);
    return runner
        .ask(call.path("name"), kind)
        .onFailure()
        .transform(TargetAnswers::explained)
        .map(target -> AdminAnswer.accepted(BackupJson.of(target.getJob(), target.getName())));
  }

  private Uni<AdminAnswer> listSets(AdminCall call) {
    return TargetAnswers.find(records, call).flatMap(this::shown).map(AdminAnswer::ok);
  }

  private Uni<AdminAnswer> listAllSets() {
    return allSets().map(AdminAnswer::ok);
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
        .transform(failure -> TargetAnswers.unreadable(target, failure))
        .map(
            found -> {
              JsonArray backups = new JsonArray();
              for (BackupSet set : found.sets()) {
                boolean held = found.held().contains(set.id());
                backups.add(BackupJson.of(target, set).put("hold", held));
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
                  .forEach(
                      cluster ->
                          others.add(BackupJson.of(cluster).put("target", target.getName())));
              return new JsonObject().put("backups", backups).put("others", others);
            });
  }

  private Uni<AdminAnswer> showSet(AdminCall call) {
    String id = call.path("id");
    return TargetAnswers.find(records, call)
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
                    .transform(failure -> TargetAnswers.unreadable(target, failure))
                    .map(set -> AdminAnswer.ok(BackupJson.of(target, set))));
  }
}
