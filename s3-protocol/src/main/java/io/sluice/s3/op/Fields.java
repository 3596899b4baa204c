package io.sluice.s3.op;

import io.sluice.s3.QueryParameters;
import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumType;
import org.jspecify.annotations.Nullable;

/** Single values of a request, each read strictly and refused as AWS refuses it. */
final class Fields {
  static final int PART_NUMBER_MAX = 10_000;

  private Fields() {}

  static S3Exception invalidArgument(String message, String name, String value) {
    return new S3Exception(S3ErrorCode.INVALID_ARGUMENT, message)
        .with("ArgumentName", name)
        .with("ArgumentValue", value);
  }

  static S3Exception invalidRequest(String message) {
    return new S3Exception(S3ErrorCode.INVALID_REQUEST, message);
  }

  static S3Exception notImplemented(String header) {
    return new S3Exception(
            S3ErrorCode.NOT_IMPLEMENTED,
            "A header you provided implies functionality that is not implemented")
        .with("Header", header);
  }

  /** A header's value without blanks around it; null when it is absent or blank. */
  static @Nullable String header(RequestHead head, String name) {
    String value = head.header(name);
    if (value == null) {
      return null;
    }
    String stripped = value.strip();
    return stripped.isEmpty() ? null : stripped;
  }

  /** A query value; null when it is absent or empty. */
  static @Nullable String nonEmpty(QueryParameters query, String name) {
    String value = query.get(name);
    return value == null || value.isEmpty() ? null : value;
  }

  static String orEmpty(@Nullable String value) {
    return value == null ? "" : value;
  }

  /** A page size: what was asked for, but at most {@code max}, which is the default as well. */
  static int pageSize(QueryParameters query, String name, int max) {
    String value = nonEmpty(query, name);
    return value == null ? max : Math.min(max, notNegative(name, value));
  }

  /** A page size given as a header. */
  static int pageSize(RequestHead head, String name, int max) {
    String value = header(head, name);
    return value == null ? max : Math.min(max, notNegative(name, value));
  }

  /** A number from 0 to {@link Integer#MAX_VALUE}. */
  static int notNegative(String name, String value) {
    long number;
    try {
      number = Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw invalidArgument(
          "Provided " + name + " not an integer or within integer range", name, value);
    }
    if (number > Integer.MAX_VALUE || number < Integer.MIN_VALUE) {
      throw invalidArgument(
          "Provided " + name + " not an integer or within integer range", name, value);
    }
    if (number < 0) {
      throw invalidArgument(
          "Argument " + name + " must be an integer between 0 and 2147483647", name, value);
    }
    return (int) number;
  }

  /** Whether {@code encoding-type=url} was asked for; any other type is refused. */
  static boolean encodesUrl(QueryParameters query) {
    String type = nonEmpty(query, "encoding-type");
    if (type != null && !type.equals("url")) {
      throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", type);
    }
    return type != null;
  }

  /** A part number in the query, 1 to 10,000. */
  static int partNumber(String value) {
    int number = -1;
    try {
      number = Integer.parseInt(value);
    } catch (NumberFormatException e) {
      // Refused below, as every number out of range.
    }
    if (number < 1 || number > PART_NUMBER_MAX) {
      throw invalidArgument(
          "Part number must be an integer between 1 and 10000, inclusive", "partNumber", value);
    }
    return number;
  }

  /** The part number in the query, or null. */
  static @Nullable Integer optionalPartNumber(QueryParameters query) {
    String value = query.get("partNumber");
    return value == null ? null : Integer.valueOf(partNumber(value));
  }

  /** Whether checksums are to be returned. */
  static boolean wantsChecksum(RequestHead head) {
    String mode = header(head, "x-amz-checksum-mode");
    if (mode != null && !mode.equalsIgnoreCase("ENABLED")) {
      throw invalidArgument(
          "Value for x-amz-checksum-mode header is invalid.", "x-amz-checksum-mode", mode);
    }
    return mode != null;
  }

  /** The algorithm that the store is to compute, or null. */
  static @Nullable ChecksumAlgorithm checksumAlgorithm(RequestHead head) {
    String name = header(head, "x-amz-checksum-algorithm");
    return name == null ? null : ChecksumAlgorithm.parse(name);
  }

  /** The checksum type that a header names, or null. */
  static @Nullable ChecksumType checksumType(RequestHead head) {
    String name = header(head, "x-amz-checksum-type");
    return name == null ? null : ChecksumType.parse(name);
  }

  /** The part number of an operation whose row requires one. */
  static int partNumber(QueryParameters query) {
    return partNumber(orEmpty(query.get("partNumber")));
  }

  /** The upload id of an operation whose row requires one. */
  static String uploadId(QueryParameters query) {
    String id = query.get("uploadId");
    if (id == null || id.isEmpty()) {
      throw new S3Exception(S3ErrorCode.NO_SUCH_UPLOAD).with("UploadId", "");
    }
    return id;
  }

  /** The version asked for; null for the current one. */
  static @Nullable String versionId(QueryParameters query) {
    String id = query.get("versionId");
    if (id != null && id.isEmpty()) {
      throw invalidArgument("Version id cannot be the empty string", "versionId", id);
    }
    return id;
  }

  /** A boolean header: {@code true} or {@code false} in any case. */
  static boolean flag(RequestHead head, String name) {
    String value = header(head, name);
    if (value == null || value.equalsIgnoreCase("false")) {
      return false;
    }
    if (value.equalsIgnoreCase("true")) {
      return true;
    }
    throw invalidArgument("The value of " + name + " must be true or false", name, value);
  }

  /** An ETag as it was sent, without its quotes. */
  static String unquoted(String etag) {
    String text = etag.strip();
    return text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
        ? text.substring(1, text.length() - 1)
        : text;
  }

  static String quoted(String etag) {
    return '"' + etag + '"';
  }
}
