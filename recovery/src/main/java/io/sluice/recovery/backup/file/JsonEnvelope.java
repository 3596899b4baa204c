package io.sluice.recovery.backup.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A small file of JSON that says what it is: its format, the version of that, and the SHA-256 of
 * what it holds, as JSON without white space, its fields in their order.
 *
 * @param format what the file says that it is
 * @param version the newest that this program writes and reads
 * @param content the field that holds what it says
 * @param owner whose file it is, for people
 */
public record JsonEnvelope(String format, int version, String content, String owner) {
  private static final String SHA256 = "sha256";
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  /** An object without fields. */
  public static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /** The file of some content. */
  public byte[] write(ObjectNode what) throws IOException {
    ObjectNode envelope = begin();
    envelope.put(SHA256, sha256(compact(what))).set(content, what);
    return text(envelope);
  }

  /** A file that has nothing in it yet. */
  public ObjectNode begin() {
    return object().put("format", format).put("version", version);
  }

  /** Without white space: what sums are of. */
  public static byte[] compact(JsonNode json) throws IOException {
    return JSON.writeValueAsBytes(json);
  }

  /** For files: people may read them too. */
  public static byte[] text(JsonNode envelope) throws IOException {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(envelope);
  }

  /**
   * Reads a file, but not yet what it holds.
   *
   * @param name of the file, for people
   * @throws NewerFormatException when a newer program wrote it
   * @throws DamagedFileException when it is not such a file
   */
  public JsonNode read(String name, byte[] text) throws IOException {
    JsonNode envelope = parse(name, text);
    if (!format.equals(envelope.path("format").asText())) {
      throw new DamagedFileException(name, "is not the file of " + owner);
    }
    int found = envelope.path("version").asInt();
    if (found < 1) {
      throw new DamagedFileException(name, "does not say which version it is of");
    }
    if (found > version) {
      throw new NewerFormatException(name, found, version);
    }
    return envelope;
  }

  /**
   * What a file holds.
   *
   * @throws DamagedFileException when it is not what was written
   */
  public JsonNode content(String name, JsonNode envelope) throws IOException {
    JsonNode found = envelope.path(content);
    if (!sha256(compact(found)).equals(sum(envelope))) {
      throw new DamagedFileException(name, "does not match its SHA-256");
    }
    return found;
  }

  /** The SHA-256 that a file names. */
  public static String sum(JsonNode envelope) {
    return envelope.path(SHA256).asText();
  }

  /**
   * Reads JSON.
   *
   * @throws DamagedFileException when it is none
   */
  public static JsonNode parse(String name, byte[] text) throws DamagedFileException {
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
