package io.sluice.load.disaster;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a restore to files made: the files, and the lines that say what files can't hold. */
final class RestoredFiles {
  private final Path directory;

  RestoredFiles(Path directory) {
    this.directory = directory;
  }

  /**
   * How it differs from what was backed up, an object a line.
   *
   * @param unsettled {@code BUCKET/KEY} of those that may be anything
   */
  List<String> differences(StoreState expected, Set<String> unsettled) throws IOException {
    List<String> differences = new ArrayList<>();
    for (Map.Entry<String, Map<String, ObjectFacts>> bucket : expected.buckets().entrySet()) {
      Path lines = directory.resolve("_metadata").resolve(bucket.getKey() + ".jsonl");
      if (!Files.exists(lines)) {
        differences.add("bucket " + bucket.getKey() + " is missing in the files");
        continue;
      }
      Set<String> missing = new TreeSet<>(bucket.getValue().keySet());
      for (String line : Files.readAllLines(lines, StandardCharsets.UTF_8)) {
        JsonObject object = new JsonObject(line);
        String key = object.getString("key");
        if (key == null || unsettled.contains(bucket.getKey() + '/' + key)) {
          continue;
        }
        ObjectFacts facts = bucket.getValue().get(key);
        String difference =
            !missing.remove(key) || facts == null
                ? "is in the files, and was not then"
                : difference(object, facts);
        if (!difference.isEmpty()) {
          differences.add(bucket.getKey() + '/' + key + ": " + difference);
        }
      }
      missing.removeIf(key -> unsettled.contains(bucket.getKey() + '/' + key));
      missing.forEach(
          key -> differences.add(bucket.getKey() + '/' + key + ": is missing in the files"));
    }
    return differences;
  }

  private String difference(JsonObject line, ObjectFacts facts) throws IOException {
    Path file = directory.resolve(line.getString("file"));
    Map<String, String> expected = new TreeMap<>();
    expected.put("sha256", facts.sha256());
    expected.put("etag", facts.header("etag").replace("\"", ""));
    expected.put("time", time(facts).toString());
    expected.put("file time", time(facts).toString());
    expected.put("type", facts.header("content-type"));
    expected.put("metadata", facts.userMetadata().toString());
    Map<String, String> found = new TreeMap<>();
    found.put("sha256", ObjectFacts.sha256(Files.readAllBytes(file)));
    found.put("etag", line.getString("etag"));
    found.put("time", seconds(Instant.parse(line.getString("lastModified"))).toString());
    found.put("file time", seconds(Files.getLastModifiedTime(file).toInstant()).toString());
    found.put("type", line.getString("contentType"));
    found.put("metadata", metadata(line).toString());
    return expected.equals(found) ? "" : found + " instead of " + expected;
  }

  private static Instant time(ObjectFacts facts) {
    return ZonedDateTime.parse(facts.header("last-modified"), DateTimeFormatter.RFC_1123_DATE_TIME)
        .toInstant();
  }

  private static Instant seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS);
  }

  private static Map<String, String> metadata(JsonObject line) {
    Map<String, String> metadata = new TreeMap<>();
    JsonObject object = line.getJsonObject("userMetadata", new JsonObject());
    object.fieldNames().forEach(name -> metadata.put(name, object.getString(name)));
    return metadata;
  }
}
