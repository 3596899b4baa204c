package io.sluice.app.recovery;

import com.google.protobuf.ByteString;
import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.ClusterRestore;
import io.sluice.recovery.job.RestoreFigures;
import io.sluice.recovery.job.RestoreOrder;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.objective.RecoveryOutlook;
import io.sluice.storage.proto.LastRestore;
import io.sluice.storage.proto.NoteTarget;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Restores from targets, made by the node that is asked; who asked polls how far it is. A node that
 * ends takes its restores along: what they restored stays, and the same restore begun again leaves
 * that alone.
 */
final class TargetRestores implements AutoCloseable {
  private static final int RUNNING_MAX = 2;
  private static final int REMEMBERED_MAX = 20;

  private final BackupGround on;
  private final TargetRecords records;
  private final String rootId;
  private final ReentrantLock lock = new ReentrantLock();

  /** By id, the oldest first. Guarded by the lock. */
  private final Map<String, Running> restores = new LinkedHashMap<>();

  /** One of them. */
  private static final class Running {
    final ClusterRestore restore;
    volatile boolean ended;
    volatile @Nullable String backup;
    volatile @Nullable String failure;

    Running(ClusterRestore restore) {
      this.restore = restore;
    }
  }

  TargetRestores(BackupGround on, TargetRecords records, String rootId) {
    this.on = on;
    this.records = records;
    this.rootId = rootId;
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.POST, "/targets/:name/restores", this::begin),
        new AdminRoute(HttpMethod.GET, "/restores/:id", this::show));
  }

  private Uni<AdminAnswer> begin(AdminCall call) {
    return TargetAnswers.find(records, call)
        .map(target -> begin(order(call, target)))
        .map(id -> AdminAnswer.accepted(new JsonObject().put("id", id)));
  }

  private static RestoreOrder order(AdminCall call, TargetRecord target) {
    String at = call.text("at");
    String prefix = call.text("prefix");
    try {
      return new RestoreOrder(
          target,
          cluster(call),
          call.text("backup"),
          at == null ? null : Instant.ofEpochMilli(RecoveryRoutes.timeMs("at", at)),
          call.text("bucket"),
          ByteString.copyFromUtf8(prefix == null ? "" : prefix),
          call.text("toBucket"),
          flag(call, "overwrite"),
          flag(call, "skipDamaged"),
          flag(call, "dryRun"));
    } catch (IllegalArgumentException e) {
      throw AdminException.invalid(String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable UUID cluster(AdminCall call) {
    String cluster = call.text("clusterId");
    return cluster == null ? null : UUID.fromString(cluster);
  }

  private static boolean flag(AdminCall call, String name) {
    Object value = call.body().getValue(name, false);
    if (!(value instanceof Boolean given)) {
      throw AdminException.invalid(name + " is true or false");
    }
    return given;
  }

  private String begin(RestoreOrder order) {
    String id = UUID.randomUUID().toString();
    Running running = new Running(new ClusterRestore(on, order, rootId));
    lock.lock();
    try {
      if (restores.values().stream().filter(each -> !each.ended).count() >= RUNNING_MAX) {
        throw AdminException.conflict(
            "TooManyRestores",
            "This node makes " + RUNNING_MAX + " restores already; wait for one.");
      }
      restores.put(id, running);
      restores.values().removeIf(each -> each.ended && restores.size() > REMEMBERED_MAX);
    } finally {
      lock.unlock();
    }
    long began = System.nanoTime();
    running
        .restore
        .run()
        .call(backup -> note(order, running.restore.figures(), backup, System.nanoTime() - began))
        .subscribe()
        .with(
            backup -> {
              running.backup = backup;
              running.ended = true;
            },
            failure -> {
              running.failure = String.valueOf(failure.getMessage());
              running.ended = true;
            });
    return id;
  }

  /** The rate of a restore that moved enough tells how long the next will take. */
  private Uni<Void> note(RestoreOrder order, RestoreFigures figures, String backup, long nanos) {
    if (order.dryRun() || !RecoveryOutlook.tellsRate(order.target(), figures.bytes())) {
      return Uni.createFrom().voidItem();
    }
    NoteTarget note =
        NoteTarget.newBuilder()
            .setTarget(order.target().getName())
            .setUrl(order.target().getUrl())
            .setRestored(
                LastRestore.newBuilder()
                    .setSetId(backup)
                    .setObjects(figures.restored())
                    .setBytes(figures.bytes())
                    .setMilliseconds(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos))))
            .build();
    return records.note(note).onFailure().recoverWithNull(); // what is restored is restored
  }

  private Uni<AdminAnswer> show(AdminCall call) {
    Running running;
    lock.lock();
    try {
      running = restores.get(call.path("id"));
    } finally {
      lock.unlock();
    }
    if (running == null) {
      throw AdminException.notFound(
          "NoSuchRestore",
          "This node knows of no such restore: it was begun at another, or before a restart.");
    }
    return Uni.createFrom().item(AdminAnswer.ok(json(running)));
  }

  private static JsonObject json(Running running) {
    boolean ended = running.ended;
    RestoreFigures figures = running.restore.figures();
    JsonArray damaged = new JsonArray();
    figures.damagedNames().forEach(damaged::add);
    JsonObject json =
        new JsonObject()
            .put("state", !ended ? "running" : running.failure == null ? "complete" : "failed")
            .put("seen", figures.objectsSeen())
            .put("restored", figures.restored())
            .put("bytes", figures.bytes())
            .put("unchanged", figures.unchanged())
            .put("left", figures.left())
            .put("damaged", figures.damaged())
            .put("damagedObjects", damaged)
            .put("accountsLeft", new JsonArray(figures.accountsLeft()));
    if (running.backup != null) {
      json.put("backup", running.backup);
    }
    return running.failure == null ? json : json.put("failure", running.failure);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      restores.values().forEach(each -> each.restore.stop());
    } finally {
      lock.unlock();
    }
  }
}
