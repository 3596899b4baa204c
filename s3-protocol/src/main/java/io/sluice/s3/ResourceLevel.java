package io.sluice.s3;

/** What the path of a request names. */
public enum ResourceLevel {
  SERVICE,
  BUCKET,
  OBJECT
}
