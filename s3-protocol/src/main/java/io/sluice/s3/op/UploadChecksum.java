package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3Exception;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client says about the bytes it sends, to be checked against what arrives.
 *
 * @param values the one value given as a header, by algorithm, or none
 * @param algorithm the algorithm announced: that of the value or the trailer, or of {@code
 *     x-amz-sdk-checksum-algorithm}; null when the client names none
 * @param trailer the header that the trailer will hold, in lower case, or null
 * @param contentMd5 {@code Content-MD5} as sent, or null
 */
public record UploadChecksum(
    Map<String, String> values,
    @Nullable String algorithm,
    @Nullable String trailer,
    @Nullable String contentMd5) {

  public static final UploadChecksum NONE = new UploadChecksum(Map.of(), null, null, null);

  /**
   * Reads what a request's headers say.
   *
   * @throws S3Exception InvalidRequest for several checksums, an unknown algorithm, or a trailer
   *     that is not a checksum
   */
  static UploadChecksum of(RequestHead head) {
    Map<String, String> values = Checksums.values(head);
    String trailer = trailer(head);
    String contentMd5 = head.header("content-md5");
    String announced = Checksums.algorithm(head, "x-amz-sdk-checksum-algorithm");
    if (trailer != null && !values.isEmpty()) {
      throw Fields.invalidRequest(
          "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
    }
    String given = trailer != null ? algorithmOf(trailer) : null;
    for (String algorithm : values.keySet()) {
      given = algorithm;
    }
    if (given != null && announced != null && !given.equals(announced)) {
      throw Fields.invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.");
    }
    return new UploadChecksum(
        values,
        given == null ? announced : given,
        trailer,
        contentMd5 == null ? null : contentMd5.strip());
  }

  private static @Nullable String trailer(RequestHead head) {
    String value = Fields.header(head, "x-amz-trailer");
    if (value == null) {
      return null;
    }
    String name = value.toLowerCase(Locale.ROOT);
    if (!Checksums.ALGORITHMS.contains(algorithmOf(name))) {
      throw Fields.invalidRequest(
          "The value specified in the x-amz-trailer header is not supported");
    }
    return name;
  }

  private static String algorithmOf(String header) {
    String prefix = "x-amz-checksum-";
    return header.startsWith(prefix)
        ? header.substring(prefix.length()).toUpperCase(Locale.ROOT)
        : "";
  }

  /** Whether there is anything that the body can be checked against, now or in the trailer. */
  public boolean isPresent() {
    return !values.isEmpty() || trailer != null || contentMd5 != null;
  }
}
