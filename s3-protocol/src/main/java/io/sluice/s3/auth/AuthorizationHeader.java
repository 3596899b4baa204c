package io.sluice.s3.auth;

import io.sluice.s3.RequestHead;
import io.sluice.s3.http.HttpDates;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The {@code Authorization} header of Signature Version 4: {@code AWS4-HMAC-SHA256 Credential=…,
 * SignedHeaders=…, Signature=…}.
 */
final class AuthorizationHeader {
  static final String ALGORITHM = "AWS4-HMAC-SHA256";

  private AuthorizationHeader() {}

  static SignedRequest parse(RequestHead head, String authorization) {
    String text = authorization.strip();
    int space = text.indexOf(' ');
    String scheme = space < 0 ? text : text.substring(0, space);
    if (scheme.equals("AWS")) {
      throw AuthErrors.versionTwo();
    }
    if (!scheme.equals(ALGORITHM)) {
      throw AuthErrors.unsupportedScheme(authorization);
    }
    String credential = null;
    String signedHeaders = null;
    String signature = null;
    for (int from = scheme.length(); from < text.length(); ) {
      int comma = text.indexOf(',', from);
      int to = comma < 0 ? text.length() : comma;
      String component = text.substring(from, to).strip();
      int equals = component.indexOf('=');
      String value = component.substring(equals + 1);
      switch (equals < 0 ? component : component.substring(0, equals)) {
        case "Credential" -> credential = value;
        case "SignedHeaders" -> signedHeaders = value;
        case "Signature" -> signature = value;
        default -> {
          if (!component.isEmpty()) {
            throw threeComponents();
          }
        }
      }
      from = to + 1;
    }
    if (credential == null || signedHeaders == null || signature == null) {
      throw threeComponents();
    }
    Credential who = Credential.parse(credential, false);
    Instant time = time(head);
    String contentSha256 = head.header(PayloadSigning.CONTENT_SHA256);
    if (contentSha256 == null) {
      throw AuthErrors.contentSha256Missing();
    }
    return new SignedRequest(
        head,
        false,
        who.accessKeyId(),
        who.scope(),
        names(signedHeaders),
        signature,
        HttpDates.formatBasic(time),
        time,
        0,
        head.header("x-amz-security-token"),
        contentSha256.strip());
  }

  /** The names in {@code SignedHeaders}, in lower case. */
  static List<String> names(String signedHeaders) {
    List<String> names = new ArrayList<>();
    for (int from = 0; from <= signedHeaders.length(); ) {
      int semicolon = signedHeaders.indexOf(';', from);
      int to = semicolon < 0 ? signedHeaders.length() : semicolon;
      if (to > from) {
        names.add(signedHeaders.substring(from, to).toLowerCase(Locale.ROOT));
      }
      from = to + 1;
    }
    return List.copyOf(names);
  }

  /** {@code x-amz-date}, or {@code Date} where that is missing. */
  private static Instant time(RequestHead head) {
    String amzDate = head.header("x-amz-date");
    Instant time = amzDate == null ? dateHeader(head.header("date")) : dateHeader(amzDate);
    if (time == null) {
      throw AuthErrors.dateMissing();
    }
    return time;
  }

  private static @Nullable Instant dateHeader(@Nullable String value) {
    if (value == null) {
      return null;
    }
    Instant basic = HttpDates.parseBasic(value.strip());
    return basic == null ? HttpDates.parse(value) : basic;
  }

  private static RuntimeException threeComponents() {
    return AuthErrors.headerMalformed(
        "the authorization header requires three components: Credential, SignedHeaders, and"
            + " Signature.");
  }
}
