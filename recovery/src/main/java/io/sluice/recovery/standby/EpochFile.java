package io.sluice.recovery.standby;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.NewerFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An epoch as JSON, with the SHA-256 of what it says. It is not sealed, also where backups are: it
 * holds nothing that a listing of the target does not show.
 */
final class EpochFile {
  /** The newest version of the format that this program writes and reads. */
  static final int VERSION = 1;

  /** Bytes of a file, at most. */
  static final int SIZE_MAX = 64 << 10;

  private static final String FORMAT = "sluice-standby-epoch";
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private EpochFile() {}

  static byte[] write(Epoch epoch) throws IOException {
    ObjectNode content = JSON.createObjectNode();
    content.put("number", epoch.number()).put("clusterId", epoch.cluster().toString());
    content.put("at", epoch.at().toString()).put("leaseSeconds", epoch.lease().toSeconds());
    epoch
        .applied()
        .ifPresent(
            applied ->
                content
                    .putObject("applied")
                    .put("clusterId", applied.cluster().toString())
                    .put("setId", applied.set().text()));
    content.put("forced", epoch.forced());
    ObjectNode envelope = JSON.createObjectNode();
    envelope.put("format", FORMAT).put("version", VERSION);
    envelope.put("sha256", sha256(JSON.writeValueAsBytes(content))).set("epoch", content);
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(envelope);
  }

  /**
   * Reads a file.
   *
   * @throws NewerFormatException when a newer program wrote it
   * @throws DamagedFileException when it is not what was written as that number
   */
  static Epoch read(String name, long number, byte[] text) throws IOException {
    JsonNode envelope = parse(name, text);
    if (!FORMAT.equals(envelope.path("format").asText())) {
      throw new DamagedFileException(name, "is not the file of an epoch");
    }
    int version = envelope.path("version").asInt();
    if (version < 1) {
      throw new DamagedFileException(name, "does not say which version it is of");
    }
    if (version > VERSION) {
      throw new NewerFormatException(name, version, VERSION);
    }
    JsonNode content = envelope.path("epoch");
    if (!sha256(JSON.writeValueAsBytes(content)).equals(envelope.path("sha256").asText())) {
      throw new DamagedFileException(name, "does not match its SHA-256");
    }
    Epoch epoch = epoch(name, content);
    if (epoch.number() != number) {
      throw new DamagedFileException(name, "is that of epoch " + epoch.number());
    }
    return epoch;
  }

  private static Epoch epoch(String name, JsonNode json) throws DamagedFileException {
    try {
      return new Epoch(
          number(json, "number"),
          UUID.fromString(text(json, "clusterId")),
          Instant.parse(text(json, "at")),
          Duration.ofSeconds(number(json, "leaseSeconds")),
          applied(json.path("applied")),
          json.path("forced").asBoolean());
    } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
      throw new DamagedFileException(name, "is not that of an epoch: " + e.getMessage());
    }
  }

  private static @Nullable AppliedSet applied(JsonNode json) {
    return json.isMissingNode()
        ? null
        : new AppliedSet(UUID.fromString(text(json, "clusterId")), new SetId(text(json, "setId")));
  }

  private static String text(JsonNode json, String field) {
    if (!json.path(field).isTextual()) {
      throw new IllegalArgumentException("no usable field " + field);
    }
    return json.path(field).asText();
  }

  private static long number(JsonNode json, String field) {
    if (!json.path(field).isIntegralNumber() || !json.path(field).canConvertToLong()) {
      throw new IllegalArgumentException("no usable field " + field);
    }
    return json.path(field).asLong();
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
