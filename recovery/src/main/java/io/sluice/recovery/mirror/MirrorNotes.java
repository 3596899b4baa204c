package io.sluice.recovery.mirror;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.restore.ObjectJson;
import io.sluice.s3.auth.Digests;
import io.sluice.storage.DurableDirectory;
import io.sluice.storage.proto.ObjectVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What files of a mirror can't hold: for each object a file with a line of JSON, the same as in a
 * restore to files, and its origin. Its name is a digest of the key. Blocks; any thread.
 */
final class MirrorNotes {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ORIGIN = "origin";
  private static final int FOLDER_LENGTH = 2;

  private final Path directory;

  MirrorNotes(Path directory) {
    this.directory = directory;
  }

  /**
   * What is said of a file.
   *
   * @param lastModified of the object, and so of the file
   * @param storedAt by the file system's clock
   */
  record Note(String origin, Instant lastModified, Instant storedAt) {}

  private static String digest(String key) {
    return Digests.sha256Hex(key.getBytes(UTF_8));
  }

  private Path folder(String key) {
    return directory.resolve(digest(key).substring(0, FOLDER_LENGTH));
  }

  private Path place(String key) {
    return folder(key).resolve(digest(key) + ".json");
  }

  private Path nextPlace(String key) {
    return folder(key).resolve(digest(key) + ".next");
  }

  /**
   * Writes down what will be said of a file, durably, before the file is brought to its place: or
   * one that was interrupted in between would be nobody's, and never deleted.
   *
   * @param unfinished a name that nobody has
   */
  void prepare(String key, ObjectVersion object, String origin, Path unfinished)
      throws IOException {
    ObjectNode json = ObjectJson.of(ByteString.copyFromUtf8(key), null, object);
    json.put(ORIGIN, origin);
    Path folder = folder(key);
    if (!Files.isDirectory(folder)) {
      DurableDirectory.create(folder);
    }
    MirrorFile.write(unfinished, (json + "\n").getBytes(UTF_8), nextPlace(key));
  }

  /** The file is at its place: what was prepared is said of it. */
  void settle(String key) throws IOException {
    Files.move(nextPlace(key), place(key), StandardCopyOption.ATOMIC_MOVE);
    DurableDirectory.sync(folder(key));
  }

  /** What is said of a key; null: nothing that can be read. */
  @Nullable Note find(String key) throws IOException {
    return read(place(key));
  }

  /** What was to be said of it, when that was interrupted; null: nothing that can be read. */
  @Nullable Note findNext(String key) throws IOException {
    return read(nextPlace(key));
  }

  private static @Nullable Note read(Path place) throws IOException {
    try {
      JsonNode json = JSON.readTree(Files.readString(place));
      return new Note(
          json.path(ORIGIN).asText(),
          Instant.parse(json.path("lastModified").asText()),
          Files.getLastModifiedTime(place).toInstant());
    } catch (NoSuchFileException | JsonProcessingException | DateTimeException none) {
      return null;
    }
  }

  void remove(String key) throws IOException {
    boolean isGone = Files.deleteIfExists(nextPlace(key));
    isGone |= Files.deleteIfExists(place(key));
    if (isGone) {
      DurableDirectory.sync(folder(key));
    }
  }
}
