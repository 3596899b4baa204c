package io.sluice.recovery.backup.target.s3;

/**
 * What was sent of a file in one piece.
 *
 * @param size bytes
 * @param sha256Hex lower case
 */
record Sent(long size, String sha256Hex) {
  static Sent of(Payload payload) {
    return new Sent(payload.size(), payload.sha256Hex());
  }
}
