package io.sluice.recovery.standby;

import static io.sluice.recovery.backup.file.JsonFields.number;
import static io.sluice.recovery.backup.file.JsonFields.positions;
import static io.sluice.recovery.backup.file.JsonFields.putPositions;
import static io.sluice.recovery.backup.file.JsonFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.JsonEnvelope;
import io.sluice.recovery.backup.file.NewerFormatException;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An epoch as JSON, with the SHA-256 of what it says. It is not sealed, also where backups are: it
 * holds nothing that a listing of the target does not show.
 *
 * @param link with the epoch before it
 */
record EpochFile(Epoch epoch, EpochLink link) {
  /** Bytes of a file, at most. */
  static final int SIZE_MAX = 64 << 10;

  /** Version 1 is read too: not all of those name the one before. */
  private static final JsonEnvelope ENVELOPE =
      new JsonEnvelope("sluice-standby-epoch", 2, "epoch", "an epoch");

  /**
   * The file of an epoch.
   *
   * @param previous the sum of the epoch before it; empty of the first
   */
  static byte[] write(Epoch epoch, String previous) throws IOException {
    ObjectNode content = JsonEnvelope.object();
    content.put("number", epoch.number()).put("clusterId", epoch.cluster().toString());
    content.put("at", epoch.at().toString()).put("leaseSeconds", epoch.lease().toSeconds());
    epoch.applied().ifPresent(applied -> putApplied(content.putObject("applied"), applied));
    content.put("forced", epoch.forced());
    if (epoch.isTakeover()) {
      putPositions(content.putArray("takenOverAt"), epoch.takenOverAt());
    }
    if (!previous.isEmpty()) {
      content.put("previous", previous);
    }
    return ENVELOPE.write(content);
  }

  private static void putApplied(ObjectNode json, AppliedSet applied) {
    json.put("clusterId", applied.cluster().toString()).put("setId", applied.set().text());
    if (!applied.positions().isEmpty()) {
      putPositions(json.putArray("positions"), applied.positions());
    }
  }

  /**
   * Reads a file.
   *
   * @throws NewerFormatException when a newer program wrote it
   * @throws DamagedFileException when it is not what was written as that number
   */
  static EpochFile read(String name, long number, byte[] text) throws IOException {
    JsonNode envelope = ENVELOPE.read(name, text);
    JsonNode content = ENVELOPE.content(name, envelope);
    Epoch epoch = epoch(name, content);
    if (epoch.number() != number) {
      throw new DamagedFileException(name, "is that of epoch " + epoch.number());
    }
    EpochLink link =
        new EpochLink(
            envelope.path("version").asInt(),
            JsonEnvelope.sum(envelope),
            content.path("previous").asText(""));
    boolean isNamed = number == 1 || !link.previous().isEmpty();
    if (!isNamed && link.version() >= EpochLink.NAMES_PREVIOUS) {
      throw new DamagedFileException(name, "does not name the epoch before it");
    }
    return new EpochFile(epoch, link);
  }

  private static Epoch epoch(String name, JsonNode json) throws DamagedFileException {
    try {
      return new Epoch(
          number(json, "number"),
          UUID.fromString(text(json, "clusterId")),
          Instant.parse(text(json, "at")),
          Duration.ofSeconds(number(json, "leaseSeconds")),
          applied(json.path("applied")),
          json.path("forced").asBoolean(),
          positions(json.path("takenOverAt")));
    } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
      throw new DamagedFileException(name, "is not that of an epoch: " + e.getMessage());
    }
  }

  private static @Nullable AppliedSet applied(JsonNode json) {
    return json.isMissingNode()
        ? null
        : new AppliedSet(
            UUID.fromString(text(json, "clusterId")),
            new SetId(text(json, "setId")),
            positions(json.path("positions")));
  }
}
