package io.sluice.gateway.auth;

/**
 * The store's own account, from the configuration. It administers the store; as an owner of buckets
 * it is an account like any other.
 *
 * @param accountId its canonical id, 64 lower-case hex digits
 */
public record RootAccount(
    String accountId, String displayName, String accessKeyId, String secretKey) {
  Caller caller() {
    return new Caller(accountId, displayName, accessKeyId, true);
  }

  /** Without the secret: this may reach a log. */
  @Override
  public String toString() {
    return "RootAccount[" + accessKeyId + ']';
  }
}
