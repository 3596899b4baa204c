package io.sluice.s3.checksum;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The checksum that a PutObject or UploadPart declares for its body: in a header, or in a trailer
 * that comes behind the body.
 *
 * @param algorithm to compute
 * @param value to compare with; null if the trailer of that name will bring it
 */
public record DeclaredChecksum(ChecksumAlgorithm algorithm, @Nullable ChecksumValue value) {
  private static final Set<String> NOT_VALUES =
      Set.of("x-amz-checksum-algorithm", "x-amz-checksum-mode", "x-amz-checksum-type");

  /** Whether the value comes behind the body. */
  public boolean inTrailer() {
    return value == null;
  }

  /**
   * Reads what a request declares; null if it declares nothing.
   *
   * @throws S3Exception {@code InvalidRequest}, in AWS's words
   */
  public static @Nullable DeclaredChecksum parse(RequestHead head) {
    DeclaredChecksum declared = null;
    for (Map.Entry<String, String> field : head.headers()) {
      String name = field.getKey();
      if (isValueHeader(name)) {
        if (declared != null) {
          throw moreThanOne();
        }
        ChecksumAlgorithm algorithm = ChecksumAlgorithm.ofHeader(name);
        if (algorithm == null) {
          throw unsupported();
        }
        declared =
            new DeclaredChecksum(
                algorithm, ChecksumValue.parse(algorithm, field.getValue().strip()));
      }
    }
    for (String header : head.headers("x-amz-trailer")) {
      for (String name : header.split(",", -1)) {
        ChecksumAlgorithm algorithm = ChecksumAlgorithm.ofHeader(name.strip());
        if (algorithm == null) {
          throw new S3Exception(
              S3ErrorCode.INVALID_REQUEST,
              "The value specified in the x-amz-trailer header is not supported");
        }
        if (declared != null) {
          throw moreThanOne();
        }
        declared = new DeclaredChecksum(algorithm, null);
      }
    }
    checkSdkAlgorithm(head, declared);
    return declared;
  }

  /**
   * Compares the checksum of the body with the declared one.
   *
   * @param trailers of the body, by names in lower case; empty if there were none
   * @throws S3Exception {@code BadDigest}, {@code InvalidRequest} if the trailer's value is no
   *     checksum, or {@code MalformedTrailerError} if it did not come
   */
  public void check(ChecksumValue computed, Map<String, String> trailers) {
    ChecksumValue expected = value;
    if (expected == null) {
      String trailer = trailers.get(algorithm.headerName());
      if (trailer == null) {
        throw new S3Exception(S3ErrorCode.MALFORMED_TRAILER_ERROR);
      }
      expected = ChecksumValue.parse(algorithm, trailer);
    }
    expected.check(computed);
  }

  private static boolean isValueHeader(String name) {
    String prefix = ChecksumAlgorithm.HEADER_PREFIX;
    return name.regionMatches(true, 0, prefix, 0, prefix.length())
        && !NOT_VALUES.contains(name.toLowerCase(Locale.ROOT));
  }

  private static void checkSdkAlgorithm(RequestHead head, @Nullable DeclaredChecksum declared) {
    String named = head.header("x-amz-sdk-checksum-algorithm");
    if (named == null) {
      return;
    }
    ChecksumAlgorithm algorithm = sdkAlgorithm(named.strip());
    if (declared == null) {
      throw new S3Exception(
          S3ErrorCode.INVALID_REQUEST,
          "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or"
              + " x-amz-trailer headers were found.");
    }
    if (declared.algorithm != algorithm) {
      throw invalidSdkAlgorithm();
    }
  }

  private static ChecksumAlgorithm sdkAlgorithm(String name) {
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      if (algorithm.wireName().equalsIgnoreCase(name)) {
        return algorithm;
      }
    }
    throw invalidSdkAlgorithm();
  }

  private static S3Exception invalidSdkAlgorithm() {
    return new S3Exception(
        S3ErrorCode.INVALID_REQUEST, "Value for x-amz-sdk-checksum-algorithm header is invalid.");
  }

  private static S3Exception moreThanOne() {
    return new S3Exception(
        S3ErrorCode.INVALID_REQUEST,
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  }

  private static S3Exception unsupported() {
    return new S3Exception(
        S3ErrorCode.INVALID_REQUEST,
        "The algorithm type you specified in x-amz-checksum- header is invalid.");
  }
}
