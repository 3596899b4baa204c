package io.sluice.s3.auth;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.CanonicalRequest.Spelling;
import io.sluice.s3.http.HttpDates;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * Decides whether a signed request was signed by who it names, for this region and service, and
 * lately. Stateless but for the keys handed in; safe for use by many threads.
 */
public final class SignatureVerifier {
  /** How far a client's clock may be off, either way. */
  public static final Duration SKEW_MAX = Duration.ofMinutes(15);

  private static final String SERVICE = "s3";

  private final String region;
  private final SigningKeys keys;

  public SignatureVerifier(String region, SigningKeys keys) {
    this.region = region;
    this.keys = keys;
  }

  /**
   * Verifies a request.
   *
   * @param secretKey of {@link SignedRequest#accessKeyId}
   * @throws S3Exception with AWS's code for what is wrong; {@code SignatureDoesNotMatch} carries
   *     what was expected to be signed, as AWS does, and never the expected signature
   */
  public VerifiedRequest verify(SignedRequest request, String secretKey, Instant now) {
    checkScope(request);
    checkTime(request, now);
    checkSignedHeaders(request);
    byte[] signingKey = keys.signingKey(request.accessKeyId(), secretKey, request.scope());
    PayloadSigning payload =
        PayloadSigning.parse(
            request.contentSha256(),
            () ->
                new ChunkSignatures(
                    signingKey, request.timestamp(), request.scope(), request.signature()));
    String canonical = canonical(request, Spelling.NORMALISED);
    String toSign = CanonicalRequest.stringToSign(canonical, request.timestamp(), request.scope());
    if (!Digests.equal(Digests.hmacHex(signingKey, toSign), request.signature())
        && !matchesAsSent(request, canonical, signingKey)) {
      throw new S3Exception(S3ErrorCode.SIGNATURE_DOES_NOT_MATCH)
          .with("AWSAccessKeyId", request.accessKeyId())
          .with("StringToSign", toSign)
          .with("SignatureProvided", printable(request.signature()))
          .with("CanonicalRequest", printable(canonical));
    }
    return new VerifiedRequest(request.accessKeyId(), payload);
  }

  private static String canonical(SignedRequest request, Spelling spelling) {
    return CanonicalRequest.text(
        request.head(),
        request.signedHeaders(),
        request.presigned(),
        request.contentSha256(),
        spelling);
  }

  private static boolean matchesAsSent(
      SignedRequest request, String normalised, byte[] signingKey) {
    String asSent = canonical(request, Spelling.AS_SENT);
    return !asSent.equals(normalised)
        && Digests.equal(
            Digests.hmacHex(
                signingKey,
                CanonicalRequest.stringToSign(asSent, request.timestamp(), request.scope())),
            request.signature());
  }

  private void checkScope(SignedRequest request) {
    CredentialScope scope = request.scope();
    boolean presigned = request.presigned();
    if (!request.timestamp().startsWith(scope.date())) {
      throw AuthErrors.credentialMalformed(
          presigned,
          "Invalid credential date \""
              + scope.date()
              + "\". This date is not the same as X-Amz-Date: \""
              + request.timestamp().substring(0, 8)
              + "\".");
    }
    if (!scope.region().equals(region)) {
      throw AuthErrors.credentialMalformed(
              presigned, "the region '" + scope.region() + "' is wrong; expecting '" + region + "'")
          .with("Region", region);
    }
    if (!scope.service().equals(SERVICE)) {
      throw AuthErrors.credentialMalformed(
          presigned,
          "incorrect service \"" + scope.service() + "\". This endpoint belongs to \"s3\".");
    }
  }

  private static void checkTime(SignedRequest request, Instant now) {
    Instant signed = request.time();
    if (request.presigned()) {
      Instant expires = signed.plusSeconds(request.expiresSeconds());
      if (signed.isAfter(now.plus(SKEW_MAX))) {
        throw new S3Exception(S3ErrorCode.ACCESS_DENIED, "Request is not valid yet")
            .with("ServerTime", HttpDates.formatXml(now));
      }
      if (now.isAfter(expires)) {
        throw new S3Exception(S3ErrorCode.ACCESS_DENIED, "Request has expired")
            .with("X-Amz-Expires", Integer.toString(request.expiresSeconds()))
            .with("Expires", HttpDates.formatXml(expires))
            .with("ServerTime", HttpDates.formatXml(now));
      }
    } else if (Duration.between(signed, now).abs().compareTo(SKEW_MAX) > 0) {
      throw new S3Exception(S3ErrorCode.REQUEST_TIME_TOO_SKEWED)
          .with("RequestTime", request.timestamp())
          .with("ServerTime", HttpDates.formatXml(now))
          .with("MaxAllowedSkewMilliseconds", Long.toString(SKEW_MAX.toMillis()));
    }
  }

  /**
   * Every {@code x-amz-*} header must be signed, or whoever sits between could add one (an ACL, a
   * copy source). Not {@code x-amz-content-sha256}: its value is a line of its own in what is
   * signed.
   */
  private static void checkSignedHeaders(SignedRequest request) {
    List<String> signed = request.signedHeaders();
    if (!signed.contains("host")) {
      throw AuthErrors.headersNotSigned("host");
    }
    TreeSet<String> missing = null;
    for (Iterator<Map.Entry<String, String>> i = request.head().headers().iterator();
        i.hasNext(); ) {
      String name = i.next().getKey();
      if (name.regionMatches(true, 0, "x-amz-", 0, 6)
          && !containsIgnoreCase(signed, name)
          && !name.equalsIgnoreCase(PayloadSigning.CONTENT_SHA256)) {
        missing = missing == null ? new TreeSet<>() : missing;
        missing.add(name.toLowerCase(Locale.ROOT));
      }
    }
    if (missing != null) {
      throw AuthErrors.headersNotSigned(String.join(", ", missing));
    }
  }

  private static boolean containsIgnoreCase(List<String> names, String name) {
    for (String candidate : names) {
      if (candidate.equalsIgnoreCase(name)) {
        return true;
      }
    }
    return false;
  }

  /** Header values may hold control characters that XML cannot carry. */
  private static String printable(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(c == '\n' || (c >= ' ' && c < 0xD800) ? c : '\uFFFD');
    }
    return out.toString();
  }
}
