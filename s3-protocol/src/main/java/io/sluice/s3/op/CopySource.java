package io.sluice.s3.op;

import io.sluice.s3.ObjectKeyRules;
import io.sluice.s3.QueryParameters;
import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.http.PercentCoding;
import org.jspecify.annotations.Nullable;

/**
 * The object that a copy reads.
 *
 * @param versionId null for the current version
 */
public record CopySource(String bucket, String key, @Nullable String versionId) {
  private static final String HEADER = "x-amz-copy-source";

  /**
   * Reads {@code [/]bucket/key[?versionId=id]}, URL-encoded.
   *
   * @throws S3Exception InvalidArgument, KeyTooLongError, InvalidURI for a NUL
   */
  static CopySource of(RequestHead head) {
    String value = Fields.orEmpty(head.header(HEADER)).strip();
    int question = value.indexOf('?');
    String path = question < 0 ? value : value.substring(0, question);
    if (path.startsWith("arn:")) {
      throw Fields.notImplemented(HEADER);
    }
    String decoded = decoded(path, value);
    int start = decoded.startsWith("/") ? 1 : 0;
    int slash = decoded.indexOf('/', start);
    if (slash <= start || slash + 1 == decoded.length()) {
      throw invalid(
          "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", value);
    }
    String versionId = question < 0 ? null : versionId(value.substring(question + 1), value);
    String key = decoded.substring(slash + 1);
    ObjectKeyRules.check(key);
    return new CopySource(decoded.substring(start, slash), key, versionId);
  }

  private static String decoded(String path, String value) {
    try {
      return PercentCoding.decodeUtf8(path, false);
    } catch (S3Exception e) {
      throw invalid("Invalid copy source encoding.", value);
    }
  }

  private static @Nullable String versionId(String query, String value) {
    QueryParameters parameters;
    try {
      parameters = QueryParameters.parse(query);
    } catch (S3Exception e) {
      throw invalid("Invalid copy source encoding.", value);
    }
    if (parameters.size() != 1 || !parameters.has("versionId")) {
      throw invalid("Unsupported copy source parameter.", value);
    }
    return Fields.versionId(parameters);
  }

  private static S3Exception invalid(String message, String value) {
    return new S3Exception(S3ErrorCode.INVALID_ARGUMENT, message)
        .with("ArgumentName", HEADER)
        .with("ArgumentValue", value);
  }
}
