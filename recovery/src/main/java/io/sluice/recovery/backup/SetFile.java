package io.sluice.recovery.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.JsonEnvelope;
import io.sluice.recovery.backup.file.NewerFormatException;
import io.sluice.recovery.backup.file.TargetKey;
import io.sluice.recovery.backup.file.WrongKeyException;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;

/**
 * {@code set.json}: an envelope, which can be read without a key, around what {@link SetJson} says.
 * With a key, {@code sealed} is in the place of {@code set}. The SHA-256 is that of {@code set} as
 * JSON without white space, its fields in their order.
 */
final class SetFile {
  private static final JsonEnvelope ENVELOPE =
      new JsonEnvelope("sluice-backup-set", 1, "set", "a backup");
  private static final long SIZE_MAX = 256L << 20;

  private SetFile() {}

  static String name(SetId id) {
    return id.folder() + "set.json";
  }

  /** Writes the file, with which the set begins to be there. */
  static void write(BackupFiles files, BackupSet set) throws IOException {
    String name = name(set.id());
    byte[] text = text(files, name, SetJson.write(set));
    try (NewFile file = files.createPlain(name)) {
      file.write(ByteBuffer.wrap(text));
      file.commit();
    }
  }

  private static byte[] text(BackupFiles files, String name, ObjectNode content)
      throws IOException {
    TargetKey key = files.key();
    if (key == null) {
      return ENVELOPE.write(content);
    }
    byte[] sealed = files.seal(name, JsonEnvelope.compact(content));
    return JsonEnvelope.text(
        ENVELOPE
            .begin()
            .put("keyId", key.id())
            .put("sealed", Base64.getEncoder().encodeToString(sealed)));
  }

  /**
   * Reads the file.
   *
   * @throws NewerFormatException when a newer program wrote it
   * @throws WrongKeyException when it is sealed with another key, or not as it should be
   * @throws DamagedFileException when it is not what was written
   */
  static BackupSet read(BackupFiles files, SetId id) throws IOException {
    String name = name(id);
    JsonNode envelope = ENVELOPE.read(name, load(files, name));
    BackupSet set = SetJson.read(name, content(files, name, envelope));
    if (!set.id().equals(id) || !set.clusterId().equals(files.clusterId())) {
      throw new DamagedFileException(
          name, "is that of backup " + set.id() + " of cluster " + set.clusterId());
    }
    return set;
  }

  private static JsonNode content(BackupFiles files, String name, JsonNode envelope)
      throws IOException {
    TargetKey key = files.key();
    String keyId = envelope.path("keyId").asText("");
    if (key == null && !keyId.isEmpty()) {
      throw new WrongKeyException(
          "%s is encrypted with the key %s, and no key was given".formatted(name, keyId));
    }
    if (key == null) {
      return ENVELOPE.content(name, envelope);
    }
    if (keyId.isEmpty()) {
      throw new WrongKeyException(name + " is not encrypted, and a key was given");
    }
    if (!keyId.equals(key.id())) {
      throw new WrongKeyException(
          "%s is encrypted with the key %s; the one given is %s".formatted(name, keyId, key.id()));
    }
    try {
      String text = envelope.path("sealed").asText();
      byte[] sealed = Base64.getDecoder().decode(text);
      if (!Base64.getEncoder().encodeToString(sealed).equals(text)) {
        throw new DamagedFileException(name, "is not what was encrypted");
      }
      return JsonEnvelope.parse(name, files.unseal(name, sealed));
    } catch (IllegalArgumentException e) {
      throw new DamagedFileException(name, "is not what was encrypted");
    }
  }

  private static byte[] load(BackupFiles files, String name) throws IOException {
    try (StoredFile file = files.openStored(name)) {
      if (file.size() > SIZE_MAX) {
        throw new DamagedFileException(name, "is too large");
      }
      byte[] text = new byte[(int) file.size()];
      file.read(0, ByteBuffer.wrap(text));
      return text;
    }
  }
}
