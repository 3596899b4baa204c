package io.sluice.gateway.call;

/** The connection ended before the request or its response did: there is nobody left to answer. */
public final class ClientGoneException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ClientGoneException(Throwable cause) {
    super("the client is gone", cause, false, false);
  }
}
