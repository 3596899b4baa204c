package io.sluice.s3.auth;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3Exception;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request that claims to be signed: what its {@code Authorization} header, or the query of its
 * presigned URL, says. Nothing is verified yet; {@link SignatureVerifier} does that once the secret
 * of {@link #accessKeyId} is known.
 *
 * @param head the request itself
 * @param presigned whether the claim is in the query
 * @param accessKeyId who claims to have signed
 * @param scope the signing key's day, region and service
 * @param signedHeaders names in lower case, in the order given
 * @param signature hex, as sent
 * @param timestamp when it was signed, as {@code yyyyMMdd'T'HHmmss'Z'}
 * @param time the same
 * @param expiresSeconds how long a presigned URL is good for, 1 to 604800; 0 if it isn't one
 * @param securityToken the session token, if one was sent; whoever issues tokens checks it
 * @param contentSha256 what goes into the canonical request for the body
 */
public record SignedRequest(
    RequestHead head,
    boolean presigned,
    String accessKeyId,
    CredentialScope scope,
    List<String> signedHeaders,
    String signature,
    String timestamp,
    Instant time,
    int expiresSeconds,
    @Nullable String securityToken,
    String contentSha256) {

  /**
   * Reads the signature of a request; null if the request is anonymous.
   *
   * @throws S3Exception if there is a signature that cannot be read, of a kind that is not
   *     supported (Version 2), or more than one
   */
  public static @Nullable SignedRequest parse(RequestHead head) {
    String authorization = head.header("authorization");
    boolean query = PresignedQuery.isPresent(head.rawQuery());
    if (authorization == null) {
      return query ? PresignedQuery.parse(head) : null;
    }
    if (query) {
      throw AuthErrors.twoMechanisms(authorization);
    }
    return AuthorizationHeader.parse(head, authorization);
  }

  /** Without the token: this may reach a log. */
  @Override
  public String toString() {
    return "SignedRequest[" + accessKeyId + ' ' + scope.text() + ' ' + timestamp + ']';
  }
}
