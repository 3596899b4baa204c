package io.sluice.gateway.auth;

import io.sluice.s3.op.Owner;

/**
 * Who a request comes from.
 *
 * @param accountId the account's canonical id; empty for an anonymous caller
 * @param displayName how the account is shown as an owner
 * @param accessKeyId the key that signed the request; empty for an anonymous caller
 * @param root whether this is the store's own account, which may administer it. It has no rights to
 *     the buckets of others
 */
public record Caller(String accountId, String displayName, String accessKeyId, boolean root) {
  /** A request without a signature. */
  public static final Caller ANONYMOUS = new Caller("", "anonymous", "", false);

  public boolean isAnonymous() {
    return accountId.isEmpty();
  }

  /** The caller's account as S3 shows owners. */
  public Owner asOwner() {
    return new Owner(accountId, displayName);
  }
}
