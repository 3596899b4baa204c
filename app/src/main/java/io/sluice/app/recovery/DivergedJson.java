package io.sluice.app.recovery;

import io.sluice.recovery.standby.Divergence;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.RoleRecord;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a fenced cluster acknowledged and the new primary may not have, as JSON. */
final class DivergedJson {
  private final Divergence divergence;

  DivergedJson(Divergence divergence) {
    this.divergence = divergence;
  }

  /** Null of a cluster that nobody took over from, or that has not kept what it had yet. */
  Uni<@Nullable JsonObject> of(RoleRecord role) {
    if (role.getFence().getClusterId().isEmpty() || role.getFence().getSnapshot().isEmpty()) {
      return Uni.createFrom().nullItem();
    }
    return divergence
        .list(role.getFence())
        .map(DivergedJson::json)
        .onFailure(failure -> failure instanceof IOException || failure instanceof StorageFailure)
        .recoverWithItem(
            failure -> new JsonObject().put("problem", String.valueOf(failure.getMessage())));
  }

  private static JsonObject json(Divergence.Listing listing) {
    JsonArray things = new JsonArray();
    for (Divergence.Thing thing : listing.things()) {
      JsonObject each =
          new JsonObject()
              .put("kind", thing.kind().name().replace("_ROW", "").toLowerCase(Locale.ROOT));
      if (!thing.bucket().isEmpty()) {
        each.put("bucket", thing.bucket());
      }
      things.add(each.put("name", thing.name()));
    }
    return new JsonObject()
        .put("count", things.size())
        .put("more", listing.more())
        .put("changes", things);
  }
}
