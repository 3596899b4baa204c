package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.backup.prune.PruneReport;
import io.sluice.recovery.backup.prune.RetentionPlan;
import io.sluice.recovery.backup.prune.RetentionRules;
import io.sluice.recovery.job.BackupPrunes;
import io.sluice.recovery.job.PruneResult;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetSets;
import io.sluice.recovery.job.TargetTask;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Which backups are kept: a target's rules, legal holds, and pruning. */
final class RetentionRoutes {
  private final TargetRecords records;
  private final TargetSets sets;
  private final BackupPrunes prunes;

  RetentionRoutes(TargetRecords records, TargetSets sets, BackupPrunes prunes) {
    this.records = records;
    this.sets = sets;
    this.prunes = prunes;
  }

  List<AdminRoute> routes() {
    List<AdminRoute> routes = new ArrayList<>();
    routes.add(new AdminRoute(HttpMethod.PUT, "/targets/:name/retention", this::setRules));
    String hold = "/targets/:name/backups/:id/hold";
    routes.add(new AdminRoute(HttpMethod.PUT, hold, call -> hold(call, true)));
    routes.add(new AdminRoute(HttpMethod.DELETE, hold, call -> hold(call, false)));
    routes.addAll(new TaskRoutes<>(records, "prune", new Prunes(prunes)).routes());
    return routes;
  }

  /**
   * The rules in a body, as {@link RetentionRules} writes them; none when there is no such field.
   */
  static List<String> rules(AdminCall call) {
    Object given = call.body().getValue("retention");
    if (given == null) {
      return List.of();
    }
    List<String> settings = new ArrayList<>();
    if (!(given instanceof JsonArray list)) {
      throw AdminException.invalid("retention is a list of rules");
    }
    list.forEach(each -> settings.add(String.valueOf(each)));
    try {
      return RetentionRules.parse(settings).settings();
    } catch (IllegalArgumentException e) {
      throw AdminException.invalid(String.valueOf(e.getMessage()));
    }
  }

  /** In place of the rules that there were; an empty list keeps everything. */
  private Uni<AdminAnswer> setRules(AdminCall call) {
    List<String> rules = rules(call);
    return records
        .find(call.path("name"))
        .flatMap(
            target ->
                records.put(
                    target.toBuilder().clearRetention().addAllRetention(rules).build(),
                    target.getRevision()))
        .onFailure()
        .transform(TargetAnswers::explained)
        .map(
            target ->
                AdminAnswer.ok(
                    new JsonObject()
                        .put("name", target.getName())
                        .put("retention", new JsonArray(target.getRetentionList()))));
  }

  private Uni<AdminAnswer> hold(AdminCall call, boolean held) {
    String id = call.path("id");
    return TargetAnswers.find(records, call)
        .flatMap(
            target ->
                sets.hold(target, id, held)
                    .onFailure(NoSuchFileException.class)
                    .transform(
                        failure ->
                            AdminException.notFound(
                                "NoSuchBackup",
                                "There is no backup %s in target %s."
                                    .formatted(id, target.getName())))
                    .onFailure(IOException.class)
                    .transform(
                        failure ->
                            AdminException.conflict(
                                "TargetUnusable",
                                "Target %s did not take it: %s"
                                    .formatted(target.getName(), failure.getMessage()))))
        .map(done -> AdminAnswer.ok(new JsonObject().put("id", id).put("hold", held)));
  }

  /** Prunes, as tasks. */
  private record Prunes(BackupPrunes prunes) implements TaskRoutes.Kind<PruneResult> {
    @Override
    public Function<TargetRecord, Optional<TargetTask<PruneResult>>> asked(AdminCall call) {
      boolean dryRun = Boolean.TRUE.equals(call.body().getValue("dryRun"));
      return target -> prunes.begin(target, dryRun);
    }

    @Override
    public Optional<TargetTask<PruneResult>> find(String target) {
      return prunes.find(target);
    }

    @Override
    public JsonObject json(PruneResult result) {
      return RetentionRoutes.json(result);
    }
  }

  private static JsonObject json(PruneResult result) {
    JsonArray decisions = new JsonArray();
    for (RetentionPlan.Decision each : result.plan().decisions()) {
      decisions.add(
          new JsonObject()
              .put("id", each.set().id().text())
              .put("kind", each.set().kind().toString())
              .put("at", each.set().cutAt().toString())
              .put("stays", each.stays())
              .put("reasons", new JsonArray(each.reasons())));
    }
    PruneReport report = result.report();
    JsonArray refused = new JsonArray();
    for (PruneReport.Refusal each : report.refused()) {
      refused.add(new JsonObject().put("file", each.file()).put("message", each.message()));
    }
    return new JsonObject()
        .put("dryRun", result.dryRun())
        .put("backups", decisions)
        .put("sets", report.sets())
        .put("packs", report.packs())
        .put("bytes", report.bytes())
        .put("refusedCount", report.refusedCount())
        .put("refused", refused);
  }
}
