package io.sluice.s3.auth;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A bounded cache of signing keys. When it is full it is emptied: a key is cheap to derive again,
 * and with one entry for each access key and day that only happens where the limit is too small.
 * Only secrets of known access keys get here, so a stranger cannot fill it. Safe for many threads.
 */
public final class CachedSigningKeys implements SigningKeys {
  private final int entriesMax;
  private final ConcurrentMap<Scope, Derived> cache = new ConcurrentHashMap<>();

  /**
   * @param entriesMax how many keys are held at most (about 300 bytes each)
   */
  public CachedSigningKeys(int entriesMax) {
    if (entriesMax < 1) {
      throw new IllegalArgumentException("entriesMax " + entriesMax);
    }
    this.entriesMax = entriesMax;
  }

  @Override
  public byte[] signingKey(String accessKeyId, String secretKey, CredentialScope scope) {
    Scope key = new Scope(accessKeyId, scope);
    Derived derived = cache.get(key);
    if (derived != null && Digests.equal(derived.secretKey, secretKey)) {
      return derived.signingKey;
    }
    byte[] signingKey = SigningKeys.derive(secretKey, scope);
    if (cache.size() >= entriesMax) {
      cache.clear();
    }
    cache.put(key, new Derived(secretKey, signingKey));
    return signingKey;
  }

  private record Scope(String accessKeyId, CredentialScope scope) {}

  private static final class Derived {
    final String secretKey;
    final byte[] signingKey;

    Derived(String secretKey, byte[] signingKey) {
      this.secretKey = secretKey;
      this.signingKey = signingKey;
    }
  }
}
