package io.sluice.app.recovery;

import com.google.protobuf.ByteString;
import io.sluice.recovery.restore.RestorePage;
import io.sluice.storage.BucketMoment;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.DifferencePage;
import io.sluice.storage.proto.ObjectDifference;
import io.sluice.storage.proto.ObjectVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;

/** Moments, differences and what became of them, as the administration API shows them. */
final class RestoreAnswers {
  private RestoreAnswers() {}

  static JsonObject json(BucketMoment moment) {
    Bucket bucket = moment.bucket();
    return new JsonObject()
        .put("bucket", bucket.getName())
        .put("bucketId", Long.toUnsignedString(bucket.getId()))
        .put("owner", bucket.getOwner())
        .put("region", bucket.getRegion())
        .put("shard", bucket.getShard())
        .put("epoch", moment.at().getEpoch())
        .put("index", moment.at().getIndex());
  }

  static JsonObject json(DifferencePage page) {
    JsonObject json = new JsonObject().put("differences", json(page.getDifferencesList()));
    return page.getTruncated() ? json.put("next", page.getNext().toStringUtf8()) : json;
  }

  private static JsonArray json(List<ObjectDifference> differences) {
    JsonArray shown = new JsonArray();
    for (ObjectDifference difference : differences) {
      JsonObject each = new JsonObject().put("key", difference.getKey().toStringUtf8());
      if (difference.hasBefore()) {
        each.put("before", json(difference.getBefore()));
      }
      if (difference.hasAfter()) {
        each.put("after", json(difference.getAfter()));
      }
      shown.add(each);
    }
    return shown;
  }

  private static JsonObject json(ObjectVersion version) {
    return new JsonObject()
        .put("size", version.getSize())
        .put("etag", version.getEtag())
        .put("lastModified", Instant.ofEpochMilli(version.getLastModifiedMs()).toString());
  }

  static JsonObject json(RestorePage page) {
    JsonObject json =
        new JsonObject()
            .put("restored", page.restored())
            .put("bytes", page.bytes())
            .put("deleted", page.deleted())
            .put("left", json(page.left()))
            .put("changed", keys(page.changed()))
            .put("damaged", keys(page.damaged()));
    ByteString next = page.next();
    return next == null ? json : json.put("next", next.toStringUtf8());
  }

  private static JsonArray keys(List<ByteString> keys) {
    JsonArray shown = new JsonArray();
    keys.forEach(key -> shown.add(key.toStringUtf8()));
    return shown;
  }
}
