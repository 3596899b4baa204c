package io.sluice.app.node;

/** A shard that can't apply what was committed must not go on, and its process neither. */
public final class FailedShards {
  private FailedShards() {}

  /** Ends the process. */
  public static void halt(int shard, Throwable cause) {
    System.err.println("sluice: shard " + shard + " of the metadata stopped: " + cause);
    Runtime.getRuntime().halt(1);
  }
}
