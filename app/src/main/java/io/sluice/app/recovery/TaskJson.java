package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminException;
import io.sluice.recovery.job.TargetTask;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Long work at a target, as those who wait for it see it. */
final class TaskJson {
  private static final Logger log = LoggerFactory.getLogger(TaskJson.class);

  private TaskJson() {}

  /** What a call that began it is answered. */
  static <R> AdminAnswer begun(
      String target, String what, Optional<TargetTask<R>> task, Function<R, JsonObject> result) {
    return AdminAnswer.accepted(
        json(
            target,
            task.orElseThrow(
                () ->
                    AdminException.conflict(
                        "Busy", "A " + what + " of " + target + " is under way on this node.")),
            result));
  }

  /** How far the last one is. */
  static <R> AdminAnswer state(
      String target, String what, Optional<TargetTask<R>> task, Function<R, JsonObject> result) {
    return AdminAnswer.ok(
        json(
            target,
            task.orElseThrow(
                () ->
                    AdminException.notFound(
                        "NoSuchTask",
                        "This node has begun no " + what + " of " + target + " since it started.")),
            result));
  }

  private static <R> JsonObject json(
      String target, TargetTask<R> task, Function<R, JsonObject> result) {
    JsonObject json =
        new JsonObject()
            .put("id", task.id())
            .put("target", target)
            .put("started", task.started().toString())
            .put("bytesDone", task.done())
            .put("bytesAll", task.all());
    TargetTask.End<R> end = task.end();
    if (end == null) {
      return json.put("state", "running").put("phase", task.phase());
    }
    json.put("ended", end.at().toString());
    R found = end.result();
    if (found != null) {
      return json.put("state", "done").put("result", result.apply(found));
    }
    return json.put("state", "failed").put("message", message(end.failure()));
  }

  private static String message(@Nullable Throwable failure) {
    if (failure instanceof NoSuchFileException missing) {
      return "there is no backup " + missing.getFile();
    }
    if (failure != null && !(failure instanceof IOException)) {
      log.warn("Work at a target failed", failure);
    }
    return String.valueOf(failure == null ? null : failure.getMessage());
  }
}
