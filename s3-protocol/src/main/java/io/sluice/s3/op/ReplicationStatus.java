package io.sluice.s3.op;

/** How far the replication of an object is, as {@code x-amz-replication-status} says it. */
public enum ReplicationStatus {
  /** It is to be sent. */
  PENDING,
  /** It is everywhere where it is to be. */
  COMPLETED,
  /** It could not be sent; it is tried again. */
  FAILED,
  /** It came from another bucket. */
  REPLICA;

  static final String HEADER = "x-amz-replication-status";
}
