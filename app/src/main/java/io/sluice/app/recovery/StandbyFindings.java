package io.sluice.app.recovery;

import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.standby.Epochs;
import io.sluice.recovery.standby.StandbyTarget;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the status of a standby tells beside the role: what it finds where the clusters meet, what a
 * fenced one has that the primary lacks, and what keeps this node from its right to acknowledge.
 * Any thread.
 */
final class StandbyFindings {
  /** Somebody waits for the status. */
  private static final Duration ANSWER_MAX = Duration.ofSeconds(5);

  private final BackupGround ground;
  private final DivergedJson diverged;
  private final Supplier<Optional<String>> leaseProblem;

  /** Of the place that was looked at last. */
  private record Seen(String url, Epochs.Known known) {}

  private volatile Seen seen = new Seen("", new Epochs.Known());

  /**
   * @param leaseProblem why this node's last look for the lease was none
   */
  StandbyFindings(
      BackupGround ground, DivergedJson diverged, Supplier<Optional<String>> leaseProblem) {
    this.ground = ground;
    this.diverged = diverged;
    this.leaseProblem = leaseProblem;
  }

  /**
   * The role with what is found. Takes some seconds at most; does not fail for what is not found.
   */
  Uni<JsonObject> of(RoleRecord role) {
    JsonObject json = StandbyJson.of(role, ground.clock());
    leaseProblem
        .get()
        .filter(problem -> role.hasLease())
        .ifPresent(problem -> json.getJsonObject("lease").put("problem", problem));
    return addStrays(json, role)
        .flatMap(
            with ->
                diverged
                    .of(role)
                    .map(
                        found ->
                            found == null
                                ? with
                                : with.put(StandbyJson.ofFence(role, "diverged"), found)));
  }

  private Uni<JsonObject> addStrays(JsonObject json, RoleRecord role) {
    TargetRecord place = place(role);
    if (place == null) {
      return Uni.createFrom().item(json);
    }
    return new StandbyTarget(ground, place, known(place))
        .strays()
        .map(StandbyFindings::strays)
        .map(found -> found.isEmpty() ? json : json.put("strayFiles", found))
        .ifNoItem()
        .after(ANSWER_MAX)
        .failWith(() -> new IOException(place.getUrl() + " does not answer"))
        .onFailure(IOException.class)
        .invoke(
            failure -> seen = new Seen("", new Epochs.Known())) // it may be another place by now
        .onFailure(IOException.class)
        .recoverWithItem(
            failure -> json.put("epochsProblem", String.valueOf(failure.getMessage())));
  }

  private Epochs.Known known(TargetRecord place) {
    Seen last = seen;
    if (!last.url().equals(place.getUrl())) {
      last = new Seen(place.getUrl(), new Epochs.Known());
      seen = last;
    }
    return last.known();
  }

  /** Where the clusters meet; null: nowhere. */
  private static @Nullable TargetRecord place(RoleRecord role) {
    return role.hasTerms()
        ? role.getTerms().getTarget()
        : role.hasLease()
            ? role.getLease().getTarget()
            : role.hasEpochPlace() ? role.getEpochPlace() : null;
  }

  private static JsonArray strays(Map<String, String> strays) {
    JsonArray found = new JsonArray();
    strays.forEach(
        (name, why) ->
            found.add(new JsonObject().put("strayFile", Epochs.FOLDER + name).put("why", why)));
    return found;
  }
}
