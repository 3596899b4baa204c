package io.sluice.s3.auth;

import java.nio.charset.StandardCharsets;

/**
 * Where signing keys come from. Deriving one takes four HMACs, and the same few keys sign all
 * requests of a day, so a server hands in a cache; implementations must be safe for use by many
 * threads and bounded.
 */
@FunctionalInterface
public interface SigningKeys {
  /**
   * The key that signs strings in this scope. The caller must not change the array.
   *
   * @param secretKey the secret that belongs to the access key now; a cache must notice that it
   *     changed
   */
  byte[] signingKey(String accessKeyId, String secretKey, CredentialScope scope);

  /** Derives every key anew. */
  static SigningKeys derived() {
    return (accessKeyId, secretKey, scope) -> derive(secretKey, scope);
  }

  /** The key derivation itself. */
  static byte[] derive(String secretKey, CredentialScope scope) {
    byte[] key = ("AWS4" + secretKey).getBytes(StandardCharsets.UTF_8);
    key = Digests.hmac(key, scope.date());
    key = Digests.hmac(key, scope.region());
    key = Digests.hmac(key, scope.service());
    return Digests.hmac(key, CredentialScope.TERMINATOR);
  }
}
