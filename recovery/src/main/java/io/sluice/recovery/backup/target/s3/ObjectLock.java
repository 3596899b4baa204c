package io.sluice.recovery.backup.target.s3;

import io.sluice.s3.http.HttpDates;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/**
 * How long the bucket itself refuses to let go of what is written. The bucket must have been made
 * with object lock.
 *
 * @param mode {@code COMPLIANCE}: nobody can shorten it; {@code GOVERNANCE}: who has a permission
 *     for it can
 * @param days 1 to 36,500, from when a file is written
 */
record ObjectLock(String mode, int days) {
  static final int DAYS_MAX = 36_500;

  private static final Set<String> MODES = Set.of("COMPLIANCE", "GOVERNANCE");

  ObjectLock {
    if (!MODES.contains(mode)) {
      throw new IllegalArgumentException("lock-mode is COMPLIANCE or GOVERNANCE");
    }
    if (days < 1 || days > DAYS_MAX) {
      throw new IllegalArgumentException("lock-days is 1 to " + DAYS_MAX);
    }
  }

  void addTo(S3Call call, Instant now) {
    call.header("x-amz-object-lock-mode", mode)
        .header(
            "x-amz-object-lock-retain-until-date",
            HttpDates.formatXml(now.plus(Duration.ofDays(days))));
  }
}
