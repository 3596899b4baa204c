package io.sluice.app.recovery;

import io.sluice.recovery.backup.BucketTotals;
import io.sluice.recovery.objective.RecoveryOutlook;
import io.sluice.storage.proto.Bucket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What a target could bring back of each bucket. */
final class BucketStatus {
  private static final long MS_PER_SECOND = 1_000;

  private final RecoveryOutlook outlook;
  private final Instant now;

  BucketStatus(RecoveryOutlook outlook, Instant now) {
    this.outlook = outlook;
    this.now = now;
  }

  /** Those of the last set, then those that are in none. */
  JsonArray json(BucketTotals held, List<Bucket> present) {
    Set<Long> there = present.stream().map(Bucket::getId).collect(Collectors.toSet());
    Set<Long> inSet = new LinkedHashSet<>();
    JsonArray buckets = new JsonArray();
    for (BucketTotals.Total total : held.buckets().orElse(List.of())) {
      inSet.add(total.id());
      buckets.add(json(total, held.isExact(), there.contains(total.id())));
    }
    present.stream()
        .filter(bucket -> !inSet.contains(bucket.getId()))
        .forEach(bucket -> buckets.add(missing(bucket)));
    return buckets;
  }

  private JsonObject json(BucketTotals.Total total, boolean exact, boolean there) {
    JsonObject json =
        new JsonObject()
            .put("name", total.name())
            .put("backedUp", true)
            .put("deleted", !there)
            .put("ageSeconds", outlook.age().toSeconds())
            .put("objects", total.objects())
            .put("bytes", total.bytes())
            .put("exact", exact);
    if (outlook.bytesPerSecond() > 0) {
      json.put("estimatedSeconds", Math.round(total.bytes() / outlook.bytesPerSecond()));
    }
    return json;
  }

  /** All of it would be lost. */
  private JsonObject missing(Bucket bucket) {
    long age = (now.toEpochMilli() - bucket.getCreatedMs()) / MS_PER_SECOND;
    return new JsonObject()
        .put("name", bucket.getName())
        .put("backedUp", false)
        .put("ageSeconds", Math.max(0, age));
  }
}
