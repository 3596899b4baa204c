package io.sluice.app.recovery;

import io.sluice.storage.proto.Fence;
import io.sluice.storage.proto.Promotion;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.StandbyProgress;
import io.sluice.storage.proto.StandbyTerms;
import io.sluice.storage.proto.Takeover;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;

/** What the cluster is to others, as the administration API tells it. */
final class StandbyJson {
  private StandbyJson() {}

  static JsonObject of(RoleRecord role, Clock clock) {
    JsonObject json =
        new JsonObject()
            .put("role", role.getRole().name().toLowerCase(Locale.ROOT))
            .put("epoch", role.getEpoch());
    if (role.getSinceMs() > 0) {
      json.put("since", time(role.getSinceMs()));
    }
    if (role.hasTerms()) {
      json.put("follows", terms(role.getTerms()));
      addProgress(json, role, clock);
    }
    if (role.hasPromotion()) {
      json.put("promotion", promotion(role.getPromotion()));
    }
    if (role.hasTakeover()) {
      json.put("takeover", takeover(role.getTakeover()));
    }
    if (role.hasFence()) {
      json.put(ofFence(role, "fence"), fence(role.getFence()));
    }
    if (role.hasLease()) {
      json.put(
          "lease",
          new JsonObject()
              .put("url", role.getLease().getTarget().getUrl())
              .put("seconds", role.getLease().getLeaseMs() / 1_000)
              .put("epoch", role.getLease().getEpoch())
              .put("claimed", role.getLease().getClaimed()));
    }
    return json;
  }

  /**
   * What a thing of the fence is called. It is kept while the cluster follows the one that took
   * over, so that it is known why: then it is the last one, and none any more.
   */
  static String ofFence(RoleRecord role, String name) {
    return role.getRole() == RoleRecord.Role.FENCED
        ? name
        : "last" + Character.toUpperCase(name.charAt(0)) + name.substring(1);
  }

  private static String time(long ms) {
    return Instant.ofEpochMilli(ms).toString();
  }

  private static JsonObject terms(StandbyTerms terms) {
    JsonObject json =
        new JsonObject()
            .put("cluster", terms.getClusterId())
            .put("url", terms.getTarget().getUrl())
            .put("everySeconds", terms.getEveryMs() / 1_000.0);
    if (!terms.getPrimaryUrl().isEmpty()) {
      json.put("primary", terms.getPrimaryUrl());
    }
    if (terms.getAutomaticMs() > 0) {
      json.put("automaticSeconds", terms.getAutomaticMs() / 1_000.0);
    }
    return json;
  }

  private static void addProgress(JsonObject json, RoleRecord role, Clock clock) {
    StandbyProgress progress = role.getProgress();
    if (!progress.getSetId().isEmpty()) {
      json.put("position", progress.getSetId())
          .put("recoveryPoint", time(progress.getCutMs()))
          .put("recoveryPointSeconds", StandbyMeters.recoveryPointSeconds(role, clock))
          .put("applied", time(progress.getAppliedMs()))
          .put("lagSeconds", StandbyMeters.lagSeconds(role, clock));
    }
    json.put("lagSets", progress.getSetsBehind())
        .put("lagBytes", progress.getBytesBehind())
        .put("comparisons", progress.getComparisons())
        .put("bytesRead", progress.getBytesRead());
    if (!progress.getComparing().isEmpty()) {
      json.put("comparing", progress.getComparing());
    }
    if (!progress.getProblem().isEmpty()) {
      json.put(
          "problem",
          new JsonObject()
              .put("message", progress.getProblem())
              .put("since", time(progress.getProblemMs())));
    }
  }

  private static JsonObject promotion(Promotion promotion) {
    if (!promotion.getGivenUp().isEmpty()) {
      return new JsonObject().put("state", "given-up").put("reason", promotion.getGivenUp());
    }
    return promotion.getEpoch() == 0
        ? new JsonObject().put("state", "catching-up")
        : new JsonObject()
            .put("state", "awaiting-lease")
            .put("epoch", promotion.getEpoch())
            .put("seconds", promotion.getWaitMs() / 1_000.0);
  }

  private static JsonObject takeover(Takeover takeover) {
    JsonObject json = new JsonObject().put("from", takeover.getClusterId());
    if (!takeover.getSetId().isEmpty()) {
      json.put("position", takeover.getSetId()).put("recoveryPoint", time(takeover.getCutMs()));
    }
    if (!takeover.getLeftOut().isEmpty()) {
      json.put("leftOut", takeover.getLeftOut());
    }
    return json;
  }

  private static JsonObject fence(Fence fence) {
    JsonObject json =
        new JsonObject()
            .put("epoch", fence.getEpoch())
            .put("demoted", fence.getDemoted())
            .put("since", time(fence.getSinceMs()));
    if (!fence.getClusterId().isEmpty()) {
      json.put("cluster", fence.getClusterId());
    }
    if (!fence.getLastSet().isEmpty()) {
      json.put("lastSet", fence.getLastSet());
    }
    if (!fence.getSnapshot().isEmpty()) {
      json.put("snapshot", fence.getSnapshot());
    }
    return json;
  }
}
