package io.sluice.cluster.channel;

/** A request that no node of a fitting version sends. Nothing was done. Stackless. */
public final class MalformedRequestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MalformedRequestException(String message) {
    super(message, null, false, false);
  }
}
