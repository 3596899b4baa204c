package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3Exception;
import io.sluice.s3.xml.XmlWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How checksums are named in headers and XML. */
public final class Checksums {
  /** The algorithms of S3, as AWS spells them; every map of checksums has these keys. */
  public static final List<String> ALGORITHMS =
      List.of("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256");

  /** The checksum is of the whole object's bytes. */
  public static final String FULL_OBJECT = "FULL_OBJECT";

  /** The checksum is of the parts' checksums. */
  public static final String COMPOSITE = "COMPOSITE";

  private static final String HEADER_PREFIX = "x-amz-checksum-";

  /** Headers that start like a checksum and are none. */
  private static final List<String> NOT_VALUES =
      List.of("x-amz-checksum-mode", "x-amz-checksum-algorithm", "x-amz-checksum-type");

  private Checksums() {}

  /** The header of an algorithm's value, such as {@code x-amz-checksum-crc32c}. */
  public static String headerName(String algorithm) {
    return HEADER_PREFIX + algorithm.toLowerCase(Locale.ROOT);
  }

  /** The element of an algorithm's value, such as {@code ChecksumCRC32C}. */
  static String elementName(String algorithm) {
    return "Checksum" + algorithm;
  }

  /** The algorithm whose element this is, or null. */
  static @Nullable String algorithmOfElement(String element) {
    if (!element.startsWith("Checksum")) {
      return null;
    }
    String algorithm = element.substring("Checksum".length());
    return ALGORITHMS.contains(algorithm) ? algorithm : null;
  }

  /**
   * The checksum values among the headers, at most one.
   *
   * @throws S3Exception InvalidRequest for several of them, or an algorithm that S3 has not
   */
  static Map<String, String> values(RequestHead head) {
    Map<String, String> values = Map.of();
    for (Map.Entry<String, String> field : head.headers()) {
      String name = field.getKey();
      if (!name.regionMatches(true, 0, HEADER_PREFIX, 0, HEADER_PREFIX.length())
          || NOT_VALUES.contains(name.toLowerCase(Locale.ROOT))) {
        continue;
      }
      String algorithm = name.substring(HEADER_PREFIX.length()).toUpperCase(Locale.ROOT);
      if (!ALGORITHMS.contains(algorithm)) {
        throw Fields.invalidRequest(
            "The algorithm type you specified in x-amz-checksum- header is invalid.");
      }
      if (!values.isEmpty()) {
        throw Fields.invalidRequest(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
      }
      values = Map.of(algorithm, field.getValue().strip());
    }
    return values;
  }

  /**
   * The algorithm that a header names, or null.
   *
   * @throws S3Exception InvalidRequest for an algorithm that S3 has not
   */
  static @Nullable String algorithm(RequestHead head, String header) {
    String value = Fields.header(head, header);
    if (value == null) {
      return null;
    }
    String algorithm = value.toUpperCase(Locale.ROOT);
    if (!ALGORITHMS.contains(algorithm)) {
      throw Fields.invalidRequest(
          "Checksum algorithm provided is unsupported. Please try again with any of the valid"
              + " types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
    }
    return algorithm;
  }

  /**
   * The value of {@code x-amz-checksum-type}, or null.
   *
   * @throws S3Exception InvalidRequest for any other word
   */
  static @Nullable String type(RequestHead head) {
    String value = Fields.header(head, "x-amz-checksum-type");
    if (value == null || value.equals(FULL_OBJECT) || value.equals(COMPOSITE)) {
      return value;
    }
    throw Fields.invalidRequest("Value for x-amz-checksum-type header is invalid.");
  }

  /** Adds the checksums to an answer's headers. */
  static void addHeaders(
      Map<String, String> headers, Map<String, String> checksums, @Nullable String type) {
    checksums.forEach((algorithm, value) -> headers.put(headerName(algorithm), value));
    if (type != null && !checksums.isEmpty()) {
      headers.put("x-amz-checksum-type", type);
    }
  }

  /** Adds the checksums as elements, in the order in which AWS lists the algorithms. */
  static void addElements(XmlWriter xml, Map<String, String> checksums) {
    if (!checksums.isEmpty()) {
      for (String algorithm : ALGORITHMS) {
        xml.optional(elementName(algorithm), checksums.get(algorithm));
      }
    }
  }
}
