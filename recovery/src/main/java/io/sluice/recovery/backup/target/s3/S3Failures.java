package io.sluice.recovery.backup.target.s3;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.Credentials;
import io.sluice.s3.http.HttpDates;
import io.sluice.s3.xml.XmlReader;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Says in one line what went wrong and what to do about it. What an endpoint says is repeated, but
 * for what looks like a credential, which an endpoint has no need to send back.
 */
final class S3Failures {
  private static final int MESSAGE_LENGTH_MAX = 300;
  private static final int ERROR_BYTES_MAX = 64 << 10;
  private static final int CREDENTIAL_LENGTH_MIN = 6;
  private static final Duration RETRY_AFTER_MAX = Duration.ofHours(1);

  private final S3Location location;
  private final CredentialsSource source;
  private final InstantSource clock;

  S3Failures(S3Location location, CredentialsSource source, InstantSource clock) {
    this.location = location;
    this.source = source;
    this.clock = clock;
  }

  /** What an answer that is not a good one means; null for a good one. */
  @Nullable S3Failure of(S3Call call, S3Answer answer) {
    Map<String, String> error =
        answer.isGood() && !call.isSlow() ? Map.of() : error(answer.document());
    if (answer.isGood() && error.isEmpty()) {
      String complaint = call.complaint(answer);
      return complaint == null
          ? null
          : S3Failure.unanswered(prefix(call) + "the endpoint " + complaint, null);
    }
    String code = error.getOrDefault("Code", "");
    int status = answer.isGood() ? statusOf(code) : answer.status();
    return S3Failure.refused(
        status, code, retryAfter(answer), prefix(call) + clean(reason(answer, code, error)));
  }

  /**
   * What it means that there was no whole answer.
   *
   * @param reached whether the endpoint ever gave one
   */
  S3Failure of(S3Call call, IOException e, boolean reached) {
    String host = location.endpoint().getHost();
    String reason;
    if (has(e, UnresolvedAddressException.class) || has(e, UnknownHostException.class)) {
      reason = "there is no host " + host;
    } else if (has(e, CertificateException.class)) {
      reason =
          "the certificate of "
              + host
              + " is not trusted; name its authority's with ca-bundle or AWS_CA_BUNDLE";
    } else if (has(e, SSLException.class)) {
      reason = "no TLS with " + location.endpoint() + " (" + e.getMessage() + ")";
    } else if (has(e, HttpConnectTimeoutException.class)) {
      reason = "no connection to " + location.endpoint() + " in time";
    } else if (has(e, ConnectException.class)) {
      reason = "nobody answers at " + location.endpoint();
    } else if (has(e, HttpTimeoutException.class)) {
      reason = "no answer in time";
    } else {
      reason =
          "the connection failed ("
              + e.getMessage()
              + ")"
              + (!reached && "http".equals(location.endpoint().getScheme())
                  ? "; if there is TLS, endpoint begins with https"
                  : "");
    }
    return S3Failure.unanswered(prefix(call) + clean(reason), e);
  }

  private String prefix(S3Call call) {
    return location
        + ": "
        + call.operation()
        + (call.key().isEmpty() ? "" : " of " + call.key())
        + ": ";
  }

  private String reason(S3Answer answer, String code, Map<String, String> error) {
    String said = said(answer.status(), code, error.getOrDefault("Message", ""));
    if (answer.status() / 100 == 3 || code.equals("AuthorizationHeaderMalformed")) {
      return elsewhere(answer, error, said);
    }
    return switch (code) {
      case "NoSuchBucket" -> "there is no bucket " + location.bucket();
      case "InvalidAccessKeyId" -> "the endpoint doesn't know the access key of " + source;
      case "SignatureDoesNotMatch" -> "the secret key of " + source + " is not the right one";
      case "ExpiredToken", "TokenRefreshRequired" ->
          "the session token of " + source + " has expired";
      case "RequestTimeTooSkewed" ->
          "the clocks of this machine and of the endpoint are too far apart";
      default ->
          answer.status() == 403 || answer.status() == 401
              ? "refused to the access key of " + source + ": " + said
              : said;
    };
  }

  private String elsewhere(S3Answer answer, Map<String, String> error, String said) {
    String region = answer.header("x-amz-bucket-region");
    region = region == null ? error.get("Region") : region;
    return region == null || region.equals(location.region())
        ? "the endpoint sends elsewhere, so endpoint or region is not the bucket's: " + said
        : "the bucket is in region "
            + region
            + ", not in "
            + location.region()
            + ": say so with region="
            + region;
  }

  private static String said(int status, String code, String message) {
    return "the endpoint answered "
        + status
        + (code.isEmpty() ? "" : " " + code)
        + (message.isEmpty() ? "" : ": " + message);
  }

  /** An error that came with 200, as that of a long CompleteMultipartUpload does. */
  private static int statusOf(String wireName) {
    for (S3ErrorCode code : S3ErrorCode.values()) {
      if (code.wireName().equals(wireName)) {
        return code.status();
      }
    }
    return 500;
  }

  /** The fields of an error document; empty when it is none. */
  private static Map<String, String> error(byte[] body) {
    Map<String, String> fields = new HashMap<>();
    if (body.length == 0 || body.length > ERROR_BYTES_MAX) {
      return fields;
    }
    try {
      XmlReader xml = XmlReader.root(body, "Error");
      while (xml.nextChild()) {
        switch (xml.name()) {
          case "Code", "Message", "Region" -> fields.put(xml.name(), xml.token());
          default -> xml.skip();
        }
      }
    } catch (S3Exception notAnError) {
      return Map.of();
    }
    return fields;
  }

  private @Nullable Duration retryAfter(S3Answer answer) {
    String text = answer.header("retry-after");
    if (text == null) {
      return null;
    }
    Duration wait;
    try {
      wait = Duration.ofSeconds(Long.parseLong(text.strip()));
    } catch (NumberFormatException e) {
      Instant date = HttpDates.parse(text);
      wait = date == null ? Duration.ZERO : Duration.between(clock.instant(), date);
    }
    if (wait.isNegative()) {
      return Duration.ZERO;
    }
    return wait.compareTo(RETRY_AFTER_MAX) > 0 ? RETRY_AFTER_MAX : wait;
  }

  /** One line, not too long, without credentials. */
  private String clean(String text) {
    Credentials credentials = source.current();
    String clean = without(text, credentials.secretKey());
    clean = without(clean, credentials.accessKeyId());
    clean = without(clean, credentials.sessionToken());
    StringBuilder line = new StringBuilder();
    clean
        .codePoints()
        .limit(MESSAGE_LENGTH_MAX)
        .map(c -> Character.isISOControl(c) ? ' ' : c)
        .forEach(line::appendCodePoint);
    return line.toString();
  }

  /** A credential of a few letters, as somebody's test has, would take the sense with it. */
  private static String without(String text, @Nullable String credential) {
    return credential == null || credential.length() < CREDENTIAL_LENGTH_MIN
        ? text
        : text.replace(credential, "***");
  }

  private static boolean has(Throwable failure, Class<? extends Throwable> kind) {
    Throwable at = failure;
    for (int depth = 0; at != null && depth < 8; depth++) {
      if (kind.isInstance(at)) {
        return true;
      }
      at = at.getCause();
    }
    return false;
  }
}
