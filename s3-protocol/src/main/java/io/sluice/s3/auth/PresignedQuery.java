package io.sluice.s3.auth;

import io.sluice.s3.RequestHead;
import io.sluice.s3.http.HttpDates;
import io.sluice.s3.http.PercentCoding;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The query parameters of a presigned URL. */
final class PresignedQuery {
  static final String SIGNATURE = "X-Amz-Signature";
  static final int EXPIRES_SECONDS_MAX = 604_800;

  private PresignedQuery() {}

  /** Whether the query claims to be signed, in any version. */
  static boolean isPresent(String rawQuery) {
    return has(rawQuery, "X-Amz-Algorithm")
        || has(rawQuery, "X-Amz-Credential")
        || has(rawQuery, SIGNATURE)
        || isVersionTwo(rawQuery);
  }

  static SignedRequest parse(RequestHead head) {
    String query = head.rawQuery();
    if (isVersionTwo(query)) {
      throw AuthErrors.versionTwo();
    }
    String algorithm = value(query, "X-Amz-Algorithm");
    String credential = value(query, "X-Amz-Credential");
    String signature = value(query, SIGNATURE);
    String date = value(query, "X-Amz-Date");
    String signedHeaders = value(query, "X-Amz-SignedHeaders");
    String expires = value(query, "X-Amz-Expires");
    if (algorithm == null
        || credential == null
        || signature == null
        || date == null
        || signedHeaders == null
        || expires == null) {
      throw AuthErrors.queryMalformed(
          "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential,"
              + " X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires"
              + " parameters.");
    }
    if (!algorithm.equals(AuthorizationHeader.ALGORITHM)) {
      throw AuthErrors.queryMalformed(
          "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"");
    }
    Credential who = Credential.parse(credential, true);
    Instant time = HttpDates.parseBasic(date);
    if (time == null) {
      throw AuthErrors.queryMalformed(
          "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
    }
    return new SignedRequest(
        head,
        true,
        who.accessKeyId(),
        who.scope(),
        AuthorizationHeader.names(signedHeaders),
        signature,
        date,
        time,
        expiresSeconds(expires),
        value(query, "X-Amz-Security-Token"),
        contentSha256(head));
  }

  /** A header wins, so that whoever holds the URL may still promise a body. */
  private static String contentSha256(RequestHead head) {
    String header = head.header(PayloadSigning.CONTENT_SHA256);
    if (header != null) {
      return header.strip();
    }
    String parameter = value(head.rawQuery(), "X-Amz-Content-Sha256");
    return parameter == null ? PayloadSigning.Kind.UNSIGNED.wireName() : parameter;
  }

  private static int expiresSeconds(String text) {
    int seconds;
    try {
      seconds = Integer.parseInt(text);
    } catch (NumberFormatException notANumber) {
      throw AuthErrors.queryMalformed("X-Amz-Expires should be a number");
    }
    if (seconds < 0) {
      throw AuthErrors.queryMalformed("X-Amz-Expires must be non-negative");
    }
    if (seconds > EXPIRES_SECONDS_MAX) {
      throw AuthErrors.queryMalformed(
          "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires"
              + " must be less than 604800 seconds");
    }
    if (seconds == 0) {
      throw AuthErrors.queryMalformed("X-Amz-Expires must be between 1 and 604800 seconds");
    }
    return seconds;
  }

  private static boolean isVersionTwo(String query) {
    return has(query, "AWSAccessKeyId") && has(query, "Signature");
  }

  private static boolean has(String query, String name) {
    return find(query, name) >= 0;
  }

  /** The decoded value of the first parameter of that name. */
  private static @Nullable String value(String query, String name) {
    int at = find(query, name);
    if (at < 0) {
      return null;
    }
    int from = at + name.length();
    int end = query.indexOf('&', from);
    if (end < 0) {
      end = query.length();
    }
    return from < end ? PercentCoding.decodeUtf8(query.substring(from + 1, end), true) : "";
  }

  private static int find(String query, String name) {
    for (int at = query.indexOf(name); at >= 0; at = query.indexOf(name, at + 1)) {
      int end = at + name.length();
      boolean starts = at == 0 || query.charAt(at - 1) == '&';
      boolean ends = end == query.length() || query.charAt(end) == '=' || query.charAt(end) == '&';
      if (starts && ends) {
        return at;
      }
    }
    return -1;
  }
}
