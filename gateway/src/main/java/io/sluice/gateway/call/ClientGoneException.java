package io.sluice.gateway.call;

import io.sluice.s3.S3Exception;

/** The connection ended before the request or its response did: there is nobody left to answer. */
public final class ClientGoneException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ClientGoneException(Throwable cause) {
    super("the client is gone", cause, false, false);
  }

  /** What a body's end before its time means: a failure that is S3's own stays what it is. */
  public static RuntimeException of(Throwable cause) {
    return cause instanceof S3Exception known ? known : new ClientGoneException(cause);
  }
}
