package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The one place that knows which headers ask for something this store does not do. They are refused
 * and never ignored: a client that asked for encryption, a lock or an access rule must not be told
 * that it has got it.
 */
final class UnsupportedHeaders {
  /** Refused whatever their value. */
  private static final Set<String> NAMES =
      Set.of(
          "x-amz-tagging",
          "x-amz-website-redirect-location",
          "x-amz-mfa",
          "x-amz-bypass-governance-retention",
          "x-amz-write-offset-bytes",
          "x-amz-if-match-last-modified-time",
          "x-amz-if-match-size",
          "x-amz-if-match-initiated-time");

  /** Refused with any ending. */
  private static final Set<String> PREFIXES =
      Set.of(
          "x-amz-server-side-encryption",
          "x-amz-copy-source-server-side-encryption",
          "x-amz-object-lock-",
          "x-amz-grant-");

  private UnsupportedHeaders() {}

  /**
   * Refuses the request if any of its headers implies functionality that is not there.
   *
   * @throws S3Exception NotImplemented; InvalidArgument for a canned ACL that AWS does not know
   */
  static void refuse(RequestHead head) {
    for (Map.Entry<String, String> field : head.headers()) {
      String sent = field.getKey();
      if (sent.length() < 6 || !sent.regionMatches(true, 0, "x-amz-", 0, 6)) {
        continue;
      }
      String name = sent.toLowerCase(Locale.ROOT);
      if (NAMES.contains(name) || hasRefusedPrefix(name)) {
        throw Fields.notImplemented(name);
      }
      refuseValue(name, field.getValue().strip());
    }
  }

  private static boolean hasRefusedPrefix(String name) {
    for (String prefix : PREFIXES) {
      if (name.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  private static void refuseValue(String name, String value) {
    switch (name) {
      case "x-amz-acl" -> refuseAcl(value);
      case "x-amz-object-ownership" -> {
        if (!value.equals("BucketOwnerEnforced")) {
          throw Fields.notImplemented(name);
        }
      }
      case "x-amz-tagging-directive" -> {
        if (!value.equals("COPY")) {
          throw Fields.notImplemented(name);
        }
      }
      case "x-amz-bucket-object-lock-enabled" -> {
        if (!value.equalsIgnoreCase("false")) {
          throw Fields.notImplemented(name);
        }
      }
      default -> {}
    }
  }

  /** What the owner of a bucket may do is what these two give; the others widen it. */
  private static void refuseAcl(String value) {
    switch (value) {
      case "private", "bucket-owner-full-control" -> {}
      case "public-read",
          "public-read-write",
          "authenticated-read",
          "aws-exec-read",
          "bucket-owner-read",
          "log-delivery-write" ->
          throw Fields.notImplemented("x-amz-acl");
      default ->
          throw new S3Exception(S3ErrorCode.INVALID_ARGUMENT)
              .with("ArgumentName", "x-amz-acl")
              .with("ArgumentValue", value);
    }
  }
}
