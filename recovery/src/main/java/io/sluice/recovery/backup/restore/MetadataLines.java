package io.sluice.recovery.backup.restore;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.storage.proto.Bucket;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a file can't hold: of each bucket a file with one line of JSON for itself, and one
 * for each object that was restored, in no order. Blocks; safe for use by many threads.
 */
final class MetadataLines implements Closeable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RestoreDirectory directory;
  private final Map<String, Lines> open = new LinkedHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable BufferedWriter writer;
  private String current = "";

  private record Lines(Path unfinished, Path place) {}

  MetadataLines(RestoreDirectory directory) {
    this.directory = directory;
  }

  /** A bucket that is restored, perhaps without objects. */
  void bucket(String bucketDirectory, Bucket bucket) throws IOException {
    ObjectNode line = JSON.createObjectNode();
    line.put("bucket", bucket.getName()).put("owner", bucket.getOwner());
    line.put("created", Instant.ofEpochMilli(bucket.getCreatedMs()).toString())
        .put("region", bucket.getRegion());
    write(bucketDirectory, List.of(line));
  }

  /** Objects that were restored, all of one bucket. */
  void objects(String bucketDirectory, List<WantedObject> objects) throws IOException {
    write(bucketDirectory, objects.stream().map(MetadataLines::line).toList());
  }

  private static ObjectNode line(WantedObject object) {
    String file = String.join("/", object.path());
    return ObjectJson.of(object.row().key().key(), file, object.version());
  }

  private void write(String bucketDirectory, List<ObjectNode> lines) throws IOException {
    StringBuilder text = new StringBuilder();
    for (ObjectNode line : lines) {
      text.append(JSON.writeValueAsString(line)).append('\n');
    }
    lock.lock();
    try {
      BufferedWriter to = writer(bucketDirectory);
      to.append(text);
    } finally {
      lock.unlock();
    }
  }

  /** One is open at a time: objects come by bucket. */
  private BufferedWriter writer(String bucketDirectory) throws IOException {
    BufferedWriter last = writer;
    if (last != null && current.equals(bucketDirectory)) {
      return last;
    }
    if (last != null) {
      last.close();
    }
    Lines lines = open.get(bucketDirectory);
    if (lines == null) {
      lines = new Lines(directory.nextUnfinished(), directory.metadata(bucketDirectory));
      open.put(bucketDirectory, lines);
    }
    BufferedWriter opened =
        Files.newBufferedWriter(
            lines.unfinished(),
            StandardCharsets.UTF_8,
            java.nio.file.StandardOpenOption.CREATE,
            java.nio.file.StandardOpenOption.APPEND);
    writer = opened;
    current = bucketDirectory;
    return opened;
  }

  /** Moves the files to their places. */
  void finish() throws IOException {
    lock.lock();
    try {
      closeWriter();
      for (Lines lines : open.values()) {
        Files.move(lines.unfinished(), lines.place(), StandardCopyOption.ATOMIC_MOVE);
      }
      open.clear();
    } finally {
      lock.unlock();
    }
  }

  private void closeWriter() throws IOException {
    BufferedWriter last = writer;
    if (last != null) {
      last.close();
      writer = null;
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closeWriter();
    } finally {
      lock.unlock();
    }
  }
}
