package io.sluice.s3.auth;

import org.jspecify.annotations.Nullable;

/**
 * What a client signs with.
 *
 * @param sessionToken sent as {@code x-amz-security-token} when there is one
 */
public record Credentials(String accessKeyId, String secretKey, @Nullable String sessionToken) {
  public Credentials(String accessKeyId, String secretKey) {
    this(accessKeyId, secretKey, null);
  }

  /** Without the secret: this may reach a log. */
  @Override
  public String toString() {
    return "Credentials[" + accessKeyId + "]";
  }
}
