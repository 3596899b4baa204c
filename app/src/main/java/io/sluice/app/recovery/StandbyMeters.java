package io.sluice.app.recovery;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.storage.proto.RoleRecord;
import java.time.Clock;

/** What a standby tells in figures: each is 0 in a cluster that is none. */
final class StandbyMeters {
  StandbyMeters(MeterRegistry meters, RoleWatch watch, Clock clock) {
    Gauge.builder("sluice.standby.role", watch, known -> known.role().getRoleValue())
        .description("0 ordinary, 1 standby, 2 fenced")
        .register(meters);
    Gauge.builder("sluice.standby.epoch", watch, known -> known.role().getEpoch())
        .description("The newest epoch that this cluster knows of")
        .register(meters);
    Gauge.builder("sluice.standby.lag", watch, known -> lagSeconds(known.role(), clock))
        .baseUnit("seconds")
        .description(
            "Age of the moment that was applied, while newer backups are there or a problem is")
        .register(meters);
    Gauge.builder(
            "sluice.standby.recovery.point",
            watch,
            known -> recoveryPointSeconds(known.role(), clock))
        .baseUnit("seconds")
        .description(
            "Age of the moment that a standby holds, or while it has none, how long it follows")
        .register(meters);
    Gauge.builder(
            "sluice.standby.behind", watch, known -> known.role().getProgress().getBytesBehind())
        .baseUnit("bytes")
        .description("Stored bytes of the backups that are not applied yet")
        .register(meters);
    Gauge.builder(
            "sluice.standby.problem",
            watch,
            known -> known.role().getProgress().getProblem().isEmpty() ? 0 : 1)
        .description("1 while the standby does not get on")
        .register(meters);
  }

  /**
   * What was acknowledged since may be nowhere but at the primary, whether or not sets are left.
   */
  static double recoveryPointSeconds(RoleRecord role, Clock clock) {
    if (role.getRole() != RoleRecord.Role.STANDBY) {
      return 0;
    }
    long holdsMs =
        role.getProgress().getCutMs() > 0 ? role.getProgress().getCutMs() : role.getSinceMs();
    return Math.max(0, clock.millis() - holdsMs) / 1_000.0;
  }

  /** How far behind what is at the target the state is, as far as is known. */
  static double lagSeconds(RoleRecord role, Clock clock) {
    boolean isBehind =
        role.getProgress().getSetsBehind() > 0 || !role.getProgress().getProblem().isEmpty();
    return role.getRole() == RoleRecord.Role.STANDBY
            && isBehind
            && role.getProgress().getCutMs() > 0
        ? Math.max(0, clock.millis() - role.getProgress().getCutMs()) / 1_000.0
        : 0;
  }
}
