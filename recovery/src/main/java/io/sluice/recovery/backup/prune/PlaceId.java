package io.sluice.recovery.backup.prune;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.target.ClaimRefusedException;
import io.sluice.recovery.backup.target.StoredFile;
import io.sluice.s3.auth.Digests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the files of a cluster in a target are known by, whatever the target is called: one
 * directory may be mounted twice, linked to, or be an endpoint with two names. The first who asks
 * writes a random id into {@code place.json}, which nobody changes or removes. It is not sealed,
 * and says nothing.
 *
 * <p>Blocks.
 */
public final class PlaceId {
  static final String FILE = "place.json";

  private static final String FORMAT = "sluice-backup-place";
  private static final int SIZE_MAX = 4 << 10;
  private static final ObjectMapper JSON = new ObjectMapper();

  private PlaceId() {}

  /** No id can be written there. The message is for people. */
  public static final class UnmarkedPlaceException extends IOException {
    private static final long serialVersionUID = 1L;

    UnmarkedPlaceException(IOException why) {
      super(why.getMessage(), why);
    }
  }

  /**
   * The id of a place; it gets one when it has none.
   *
   * @throws UnmarkedPlaceException when it has none, and can't keep one: it may be full
   * @throws DamagedFileException when what says it is damaged
   * @throws IOException also when it is not known whether it has one now: the next may find it
   */
  public static String of(BackupFiles files) throws IOException {
    String there = find(files);
    if (there != null) {
      return there;
    }
    String id = UUID.randomUUID().toString();
    try {
      files.claim(FILE, text(id));
      return id;
    } catch (IOException e) {
      // Another was sooner; or it is there all the same, since what has no answer may be done.
      String now = find(files);
      if (now != null) {
        return now;
      }
      throw isRefusal(e) ? new UnmarkedPlaceException(e) : e;
    }
  }

  private static boolean isRefusal(IOException failure) {
    return failure instanceof ClaimRefusedException
        || (failure instanceof FileSystemException
            && !(failure instanceof FileAlreadyExistsException));
  }

  private static byte[] text(String id) throws IOException {
    return JSON.writeValueAsBytes(
        JSON.createObjectNode()
            .put("format", FORMAT)
            .put("version", 1)
            .put("id", id)
            .put("sha256", sum(id)));
  }

  private static String sum(String id) {
    return Digests.sha256Hex(id.getBytes(StandardCharsets.UTF_8));
  }

  private static @Nullable String find(BackupFiles files) throws IOException {
    ByteBuffer bytes;
    try (StoredFile file = files.openStored(FILE)) {
      bytes = ByteBuffer.allocate((int) Math.min(SIZE_MAX, file.size()));
      file.read(0, bytes);
    } catch (NoSuchFileException none) {
      return null;
    }
    JsonNode json;
    try {
      json = JSON.readTree(new String(bytes.array(), StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new DamagedFileException(FILE, "is not JSON");
    }
    String id = json.path("id").asText();
    if (id.isEmpty() || !sum(id).equals(json.path("sha256").asText())) {
      throw new DamagedFileException(FILE, "does not match its SHA-256");
    }
    return id;
  }
}
