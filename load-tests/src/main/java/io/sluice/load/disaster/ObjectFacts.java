package io.sluice.load.disaster;

import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.S3Response;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a client can see of an object.
 *
 * @param length in bytes
 * @param sha256 of its bytes, in hex
 * @param headers those that belong to the object, by name in lower case: its ETag, times, type,
 *     user metadata, checksums and parts
 */
public record ObjectFacts(long length, String sha256, Map<String, String> headers) {

  private static final Set<String> OF_OBJECTS =
      Set.of(
          "etag",
          "last-modified",
          "content-type",
          "content-encoding",
          "content-language",
          "content-disposition",
          "cache-control",
          "expires");

  private static final Set<String> OF_REQUESTS = Set.of("x-amz-request-id", "x-amz-id-2");
  private static final String USER_METADATA = "x-amz-meta-";

  /**
   * Reads an object.
   *
   * @throws IOException when that can't be done; also when a key that was listed is not there
   */
  public static ObjectFacts read(BlockingS3Client client, String bucket, String key)
      throws IOException {
    S3Response got = client.get(bucket, key, Map.of("x-amz-checksum-mode", "ENABLED"));
    if (!got.isSuccess()) {
      throw new IOException("GET " + bucket + '/' + key + " was answered with " + got);
    }
    Map<String, String> headers = ofObject(got);
    if (got.etag().contains("-")) {
      S3Response part = client.headPart(bucket, key, 1);
      headers.put("length of part 1", Long.toString(part.contentLength()));
      headers.put("parts", part.headers().firstValue("x-amz-mp-parts-count").orElse("not counted"));
    }
    return new ObjectFacts(got.body().length, sha256(got.body()), headers);
  }

  private static Map<String, String> ofObject(S3Response response) {
    Map<String, String> headers = new TreeMap<>();
    for (Map.Entry<String, List<String>> header : response.headers().map().entrySet()) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      boolean amz = name.startsWith("x-amz-") && !OF_REQUESTS.contains(name);
      if (amz || OF_OBJECTS.contains(name)) {
        headers.put(name, String.join(",", header.getValue()));
      }
    }
    return headers;
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** One of its headers; empty when it has none of that name. */
  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /** By name, without what every such header's name begins with. */
  Map<String, String> userMetadata() {
    Map<String, String> metadata = new TreeMap<>();
    headers.forEach(
        (name, value) -> {
          if (name.startsWith(USER_METADATA)) {
            metadata.put(name.substring(USER_METADATA.length()), value);
          }
        });
    return metadata;
  }

  /** How another differs from this one; empty when it does not. */
  String difference(ObjectFacts other) {
    if (equals(other)) {
      return "";
    }
    if (length != other.length || !sha256.equals(other.sha256)) {
      return "other bytes: " + other.length + " instead of " + length;
    }
    StringBuilder difference = new StringBuilder();
    Map<String, String> all = new TreeMap<>(headers);
    all.putAll(other.headers);
    for (String name : all.keySet()) {
      String then = headers.get(name);
      String now = other.headers.get(name);
      if (!Objects.equals(then, now)) {
        difference.append(name).append(": ").append(now).append(" instead of ").append(then);
        difference.append("; ");
      }
    }
    return difference.toString();
  }
}
