package io.sluice.recovery.backup;

import static io.sluice.recovery.backup.file.JsonFields.number;
import static io.sluice.recovery.backup.file.JsonFields.positions;
import static io.sluice.recovery.backup.file.JsonFields.putPositions;
import static io.sluice.recovery.backup.file.JsonFields.text;
import static io.sluice.recovery.backup.file.JsonFields.wrong;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.FileEntry;
import io.sluice.recovery.backup.format.PackFile;
import io.sluice.recovery.backup.format.PackId;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A set as JSON. Fields that are not known here are passed over: what matters raises the version.
 */
final class SetJson {
  private SetJson() {}

  static ObjectNode write(BackupSet set) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", set.id().text()).put("kind", set.kind().toString());
    set.parentId().ifPresent(parent -> json.put("parent", parent.text()));
    json.put("clusterId", set.clusterId().toString());
    json.put("startedAt", set.startedAt().toString());
    json.put("cutAt", set.cutAt().toString());
    json.put("finishedAt", set.finishedAt().toString());
    putPositions(json.putArray("before"), set.before());
    putPositions(json.putArray("after"), set.after());
    SetCounts counts = set.counts();
    json.putObject("counts")
        .put("rows", counts.rows())
        .put("objects", counts.objects())
        .put("removals", counts.removals())
        .put("objectBytes", counts.objectBytes())
        .put("chunks", counts.chunks())
        .put("chunkBytes", counts.chunkBytes())
        .put("storedBytes", counts.storedBytes());
    SetBuckets buckets = set.buckets();
    if (buckets != null) {
      buckets(json, buckets);
    }
    files(json.putArray("rows"), set.rows());
    files(json.putArray("chunkIndexes"), set.chunkIndexes());
    ArrayNode packs = json.putArray("packs");
    for (PackFile pack : set.packs()) {
      packs
          .addObject()
          .put("id", pack.id().text())
          .put("size", pack.size())
          .put("sha256", pack.sha256());
    }
    return json;
  }

  private static void buckets(ObjectNode json, SetBuckets buckets) {
    ArrayNode array = json.putArray("buckets");
    for (BucketCounts each : buckets.buckets()) {
      ObjectNode bucket = array.addObject().put("id", each.id());
      if (!each.name().isEmpty()) {
        bucket.put("name", each.name());
      }
      bucket
          .put("objects", each.objects())
          .put("removals", each.removals())
          .put("objectBytes", each.objectBytes());
    }
    buckets.removed().forEach(json.putArray("removedBuckets")::add);
  }

  private static @Nullable SetBuckets buckets(JsonNode json) {
    if (!json.has("buckets")) {
      return null;
    }
    List<BucketCounts> buckets = new ArrayList<>();
    for (JsonNode each : json.path("buckets")) {
      buckets.add(
          new BucketCounts(
              number(each, "id"),
              each.path("name").asText(""),
              number(each, "objects"),
              number(each, "removals"),
              number(each, "objectBytes")));
    }
    List<String> removed = new ArrayList<>();
    json.path("removedBuckets").forEach(name -> removed.add(name.asText()));
    return new SetBuckets(buckets, removed);
  }

  private static void files(ArrayNode array, List<FileEntry> files) {
    for (FileEntry file : files) {
      array
          .addObject()
          .put("name", file.name())
          .put("size", file.size())
          .put("sha256", file.sha256());
    }
  }

  static BackupSet read(String name, JsonNode json) throws DamagedFileException {
    try {
      JsonNode counts = json.path("counts");
      return new BackupSet(
          new SetId(text(json, "id")),
          SetKind.parse(text(json, "kind")).orElseThrow(() -> wrong("kind")),
          parent(json),
          UUID.fromString(text(json, "clusterId")),
          Instant.parse(text(json, "startedAt")),
          Instant.parse(text(json, "cutAt")),
          Instant.parse(text(json, "finishedAt")),
          positions(json.path("before")),
          positions(json.path("after")),
          new SetCounts(
              number(counts, "rows"),
              number(counts, "objects"),
              number(counts, "removals"),
              number(counts, "objectBytes"),
              number(counts, "chunks"),
              number(counts, "chunkBytes"),
              number(counts, "storedBytes")),
          buckets(json),
          files(json.path("rows")),
          files(json.path("chunkIndexes")),
          packs(json.path("packs")));
    } catch (IllegalArgumentException | DateTimeParseException e) {
      throw new DamagedFileException(name, "is not that of a backup: " + e.getMessage());
    }
  }

  private static @Nullable SetId parent(JsonNode json) {
    return json.has("parent") ? new SetId(text(json, "parent")) : null;
  }

  private static List<FileEntry> files(JsonNode array) {
    List<FileEntry> files = new ArrayList<>();
    for (JsonNode each : array) {
      files.add(new FileEntry(text(each, "name"), number(each, "size"), text(each, "sha256")));
    }
    return files;
  }

  private static List<PackFile> packs(JsonNode array) {
    List<PackFile> packs = new ArrayList<>();
    for (JsonNode each : array) {
      packs.add(
          new PackFile(new PackId(text(each, "id")), number(each, "size"), text(each, "sha256")));
    }
    return packs;
  }
}
