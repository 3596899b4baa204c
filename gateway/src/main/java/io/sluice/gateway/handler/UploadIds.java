package io.sluice.gateway.handler;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ids of multipart uploads: 32 hex digits, of which the first 12 are the time, so that the uploads
 * of a key are listed in the order in which they were begun. They name, and need not be
 * unguessable: every use of one is authorised.
 */
final class UploadIds {
  private UploadIds() {}

  static String next(long nowMs) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long high = (nowMs << 16) | random.nextInt(1 << 16);
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(high) + hex.toHexDigits(random.nextLong());
  }
}
