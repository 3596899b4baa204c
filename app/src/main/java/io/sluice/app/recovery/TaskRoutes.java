package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetTask;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Long work of one kind at a target, by the node that is asked: one call begins it, and is answered
 * at once; another looks how far it is.
 *
 * @param <R> what it finds
 */
final class TaskRoutes<R> {
  private final TargetRecords records;
  private final String what;
  private final Kind<R> kind;

  /** What is done. */
  interface Kind<R> {
    /**
     * Reads what is asked for; how it begins.
     *
     * @throws io.sluice.gateway.admin.AdminException when it can't be
     */
    Function<TargetRecord, Optional<TargetTask<R>>> asked(AdminCall call);

    /** The last one that this node began at a target. */
    Optional<TargetTask<R>> find(String target);

    JsonObject json(R result);
  }

  /**
   * @param what it is, for people and in the path
   */
  TaskRoutes(TargetRecords records, String what, Kind<R> kind) {
    this.records = records;
    this.what = what;
    this.kind = kind;
  }

  List<AdminRoute> routes() {
    String path = "/targets/:name/" + what;
    return List.of(
        new AdminRoute(HttpMethod.POST, path, this::begin),
        new AdminRoute(HttpMethod.GET, path, this::show));
  }

  private Uni<AdminAnswer> begin(AdminCall call) {
    Function<TargetRecord, Optional<TargetTask<R>>> asked = kind.asked(call);
    return TargetAnswers.find(records, call)
        .map(target -> TaskJson.begun(target.getName(), what, asked.apply(target), kind::json));
  }

  private Uni<AdminAnswer> show(AdminCall call) {
    String target = call.path("name");
    return Uni.createFrom().item(TaskJson.state(target, what, kind.find(target), kind::json));
  }
}
