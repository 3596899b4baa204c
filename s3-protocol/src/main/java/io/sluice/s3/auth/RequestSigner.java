package io.sluice.s3.auth;

import io.sluice.s3.RequestHead;
import io.sluice.s3.auth.CanonicalRequest.Spelling;
import io.sluice.s3.http.HttpDates;
import io.sluice.s3.http.PercentCoding;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Signs requests as a client does. Safe for use by many threads if its {@link SigningKeys} are. */
public final class RequestSigner {
  /**
   * Fields that hops between client and server may change, and those that cannot sign themselves.
   */
  private static final Set<String> NOT_SIGNED =
      Set.of(
          "authorization",
          "user-agent",
          "connection",
          "expect",
          "accept-encoding",
          "te",
          "transfer-encoding");

  private final Credentials credentials;
  private final String region;
  private final SigningKeys keys;

  public RequestSigner(Credentials credentials, String region, SigningKeys keys) {
    this.credentials = credentials;
    this.region = region;
    this.keys = keys;
  }

  /**
   * Signs a request: adds {@code x-amz-date}, {@code x-amz-content-sha256} and {@code
   * Authorization} (and the session token, if there is one). All other headers, {@code Host} among
   * them, must be there already; all are signed but those that hops change.
   *
   * @param contentSha256 the body's SHA-256 in hex, or the wire name of a {@link
   *     PayloadSigning.Kind}
   * @return the chain that signs the chunks of the body, should it be aws-chunked
   */
  public ChunkSignatures sign(OutgoingRequest request, String contentSha256, Instant now) {
    String timestamp = HttpDates.formatBasic(now);
    request.set("x-amz-date", timestamp).set(PayloadSigning.CONTENT_SHA256, contentSha256);
    if (credentials.sessionToken() != null) {
      request.set("x-amz-security-token", credentials.sessionToken());
    }
    CredentialScope scope = scope(timestamp);
    byte[] signingKey = signingKey(scope);
    List<String> names = headersToSign(request);
    String signature =
        signature(request, names, false, contentSha256, timestamp, scope, signingKey);
    request.set(
        "Authorization",
        AuthorizationHeader.ALGORITHM
            + " Credential="
            + credentials.accessKeyId()
            + '/'
            + scope.text()
            + ",SignedHeaders="
            + String.join(";", names)
            + ",Signature="
            + signature);
    return new ChunkSignatures(signingKey, timestamp, scope, signature);
  }

  /**
   * Makes the query of a presigned URL, whose body is not signed.
   *
   * @param request with the headers that the user of the URL will have to send, {@code Host} among
   *     them; its own query is kept; it is not changed
   * @param validity 1 second to 7 days
   * @return the whole query, without the question mark
   */
  public String presign(OutgoingRequest request, Duration validity, Instant now) {
    if (validity.toSeconds() < 1 || validity.toSeconds() > PresignedQuery.EXPIRES_SECONDS_MAX) {
      throw new IllegalArgumentException("validity " + validity);
    }
    String timestamp = HttpDates.formatBasic(now);
    CredentialScope scope = scope(timestamp);
    List<String> names = headersToSign(request);
    StringBuilder query = new StringBuilder(request.rawQuery());
    parameter(query, "X-Amz-Algorithm", AuthorizationHeader.ALGORITHM);
    parameter(query, "X-Amz-Credential", credentials.accessKeyId() + '/' + scope.text());
    parameter(query, "X-Amz-Date", timestamp);
    parameter(query, "X-Amz-Expires", Long.toString(validity.toSeconds()));
    parameter(query, "X-Amz-SignedHeaders", String.join(";", names));
    if (credentials.sessionToken() != null) {
      parameter(query, "X-Amz-Security-Token", credentials.sessionToken());
    }
    OutgoingRequest toSign =
        new OutgoingRequest(request.method(), request.rawPath(), query.toString());
    for (Map.Entry<String, String> field : request.headers()) {
      toSign.add(field.getKey(), field.getValue());
    }
    String signature =
        signature(
            toSign,
            names,
            true,
            PayloadSigning.Kind.UNSIGNED.wireName(),
            timestamp,
            scope,
            signingKey(scope));
    parameter(query, PresignedQuery.SIGNATURE, signature);
    return query.toString();
  }

  private CredentialScope scope(String timestamp) {
    return new CredentialScope(timestamp.substring(0, 8), region, "s3");
  }

  private byte[] signingKey(CredentialScope scope) {
    return keys.signingKey(credentials.accessKeyId(), credentials.secretKey(), scope);
  }

  private static String signature(
      RequestHead head,
      List<String> names,
      boolean presigned,
      String contentSha256,
      String timestamp,
      CredentialScope scope,
      byte[] signingKey) {
    String canonical =
        CanonicalRequest.text(head, names, presigned, contentSha256, Spelling.NORMALISED);
    return Digests.hmacHex(signingKey, CanonicalRequest.stringToSign(canonical, timestamp, scope));
  }

  private static List<String> headersToSign(RequestHead head) {
    TreeSet<String> names = new TreeSet<>();
    for (Map.Entry<String, String> field : head.headers()) {
      String name = field.getKey().toLowerCase(Locale.ROOT);
      if (!NOT_SIGNED.contains(name)) {
        names.add(name);
      }
    }
    return List.copyOf(names);
  }

  private static void parameter(StringBuilder query, String name, String value) {
    if (!query.isEmpty()) {
      query.append('&');
    }
    query.append(name).append('=').append(PercentCoding.encode(value, false));
  }
}
