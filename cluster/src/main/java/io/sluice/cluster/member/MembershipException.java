package io.sluice.cluster.member;

import org.jspecify.annotations.Nullable;

/** Hazelcast could not be configured or started. The message is one line for an operator. */
public final class MembershipException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MembershipException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
