package io.sluice.storage.verticle;

/** When an append is acknowledged. */
public enum Fsync {
  /** After it is on the disk: nothing acknowledged is lost in a power cut. */
  ALWAYS,
  /** At once; it is on the disk soon: a power cut loses what came in that time. */
  INTERVAL,
  /** At once; the operating system writes when it likes: a power cut loses what it had not. */
  NEVER
}
