package io.sluice.gateway.auth;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.CachedSigningKeys;
import io.sluice.s3.auth.PayloadSigning;
import io.sluice.s3.auth.SignatureVerifier;
import io.sluice.s3.auth.SignedRequest;
import io.sluice.s3.auth.VerifiedRequest;
import io.smallrye.mutiny.Uni;
import java.time.Instant;

/** Tells who sent a request, by its Signature V4 in the header or the query. For all threads. */
public final class Authenticator {
  private static final int SIGNING_KEYS_MAX = 10_000;

  private final AccountDirectory accounts;
  private final SignatureVerifier verifier;

  public Authenticator(AccountDirectory accounts, String region) {
    this.accounts = accounts;
    this.verifier = new SignatureVerifier(region, new CachedSigningKeys(SIGNING_KEYS_MAX));
  }

  /**
   * Authenticates a request; one without a signature is anonymous.
   *
   * @return fails with the {@link S3Exception} that AWS gives; completes at once when the key is
   *     remembered, and on any thread otherwise
   */
  public Uni<Authenticated> authenticate(RequestHead head, Instant now) {
    SignedRequest signed = SignedRequest.parse(head);
    if (signed == null) {
      return Uni.createFrom()
          .item(new Authenticated(Caller.ANONYMOUS, PayloadSigning.ofAnonymous(head)));
    }
    if (signed.securityToken() != null) {
      // Nobody here issues session tokens.
      throw new S3Exception(S3ErrorCode.INVALID_TOKEN);
    }
    return accounts
        .find(signed.accessKeyId())
        .map(
            key -> {
              VerifiedRequest verified = verifier.verify(signed, key.secretKey(), now);
              return new Authenticated(key.caller(), verified.payload());
            });
  }
}
