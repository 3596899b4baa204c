package io.sluice.recovery.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.NewerFormatException;
import io.sluice.recovery.backup.file.TargetKey;
import io.sluice.recovery.backup.file.WrongKeyException;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;

/**
 * {@code set.json}: an envelope, which can be read without a key, around what {@link SetJson} says.
 * With a key, {@code sealed} is in the place of {@code set}. The SHA-256 is that of {@code set} as
 * JSON without white space, its fields in their order.
 */
final class SetFile {
  /** The newest version of the format that this program writes and reads. */
  static final int VERSION = 1;

  private static final String FORMAT = "sluice-backup-set";
  private static final long SIZE_MAX = 256L << 20;
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private SetFile() {}

  static String name(SetId id) {
    return id.folder() + "set.json";
  }

  /** Writes the file, with which the set begins to be there. */
  static void write(BackupFiles files, BackupSet set) throws IOException {
    String name = name(set.id());
    ObjectNode content = SetJson.write(set);
    byte[] compact = JSON.writeValueAsBytes(content);
    ObjectNode envelope = JSON.createObjectNode();
    envelope.put("format", FORMAT).put("version", VERSION);
    TargetKey key = files.key();
    if (key == null) {
      envelope.put("sha256", sha256(compact)).set("set", content);
    } else {
      envelope.put("keyId", key.id());
      envelope.put("sealed", Base64.getEncoder().encodeToString(files.seal(name, compact)));
    }
    byte[] text = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(envelope);
    try (NewFile file = files.createPlain(name)) {
      file.write(ByteBuffer.wrap(text));
      file.commit();
    }
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
    JsonNode envelope = parse(name, load(files, name));
    if (!FORMAT.equals(envelope.path("format").asText())) {
      throw new DamagedFileException(name, "is not the file of a backup");
    }
    int version = envelope.path("version").asInt();
    if (version < 1) {
      throw new DamagedFileException(name, "does not say which version it is of");
    }
    if (version > VERSION) {
      throw new NewerFormatException(name, version, VERSION);
    }
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
      JsonNode content = envelope.path("set");
      if (!sha256(JSON.writeValueAsBytes(content)).equals(envelope.path("sha256").asText())) {
        throw new DamagedFileException(name, "does not match its SHA-256");
      }
      return content;
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
      return parse(name, files.unseal(name, sealed));
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

  private static JsonNode parse(String name, byte[] text) throws DamagedFileException {
    try {
      // As text, so that what is not UTF-8 does not become another encoding of JSON.
      return JSON.readTree(new String(text, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new DamagedFileException(name, "is not JSON");
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
