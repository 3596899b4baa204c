package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.recovery.standby.PrimaryProbe;
import io.sluice.storage.proto.StandbyTerms;
import io.sluice.storage.proto.TargetRecord;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the body of a call asks of a standby. */
final class StandbyWishes {
  private static final Duration EVERY_DEFAULT = Duration.ofSeconds(1);
  private static final Duration EVERY_MAX = Duration.ofDays(1);
  private static final Duration AUTOMATIC_MIN = Duration.ofSeconds(5);

  private StandbyWishes() {}

  /** With the place that the call names. */
  static StandbyTerms terms(AdminCall call) {
    return terms(
        call,
        TargetRecord.newBuilder()
            .setUrl(TargetRoutes.placeUrl(call.text("url")))
            .setKeyFile(orEmpty(call.text("keyFile")))
            .setCredentialsFile(orEmpty(call.text("credentialsFile")))
            .build());
  }

  /** At the place of a target. */
  static StandbyTerms terms(AdminCall call, TargetRecord place) {
    String primary = orEmpty(call.text("primary"));
    if (!primary.isEmpty()) {
      try {
        PrimaryProbe.address(primary);
      } catch (IllegalArgumentException e) {
        throw AdminException.invalid(String.valueOf(e.getMessage()));
      }
    }
    long everyMs = millis(call, "everyMs", EVERY_DEFAULT.toMillis());
    long automaticMs = millis(call, "automaticMs", 0);
    if (everyMs < 1 || everyMs > EVERY_MAX.toMillis()) {
      throw AdminException.invalid("everyMs is 1 ms to a day");
    }
    if (automaticMs != 0 && automaticMs < AUTOMATIC_MIN.toMillis()) {
      throw AdminException.invalid("automaticMs is 5 seconds or more");
    }
    if (automaticMs != 0 && primary.isEmpty()) {
      throw AdminException.invalid("--automatic needs --primary: whom else would it ask?");
    }
    return StandbyTerms.newBuilder()
        .setTarget(
            TargetRecord.newBuilder()
                .setUrl(place.getUrl())
                .setKeyFile(place.getKeyFile())
                .setCredentialsFile(place.getCredentialsFile()))
        .setBytesPerSecondMax(TargetRoutes.bytesPerSecondMax(call))
        .setEveryMs((int) everyMs)
        .setAutomaticMs(automaticMs)
        .setPrimaryUrl(primary)
        .build();
  }

  /**
   * Whether something is asked for.
   *
   * @throws AdminException when it is neither true nor false
   */
  static boolean flag(AdminCall call, String name) {
    Object given = call.body().getValue(name);
    if (given != null && !(given instanceof Boolean)) {
      throw AdminException.invalid(name + " is true or false");
    }
    return Boolean.TRUE.equals(given);
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static long millis(AdminCall call, String name, long otherwise) {
    Object given = call.body().getValue(name);
    if (given == null) {
      return otherwise;
    }
    if (!(given instanceof Number number) || number.longValue() < 0) {
      throw AdminException.invalid(name + " is a number of milliseconds");
    }
    return number.longValue();
  }

  /** The cluster that the call names; null: none. */
  static @Nullable UUID cluster(AdminCall call) {
    String text = call.text("clusterId");
    if (text == null) {
      return null;
    }
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw AdminException.invalid("'" + text + "' is not the id of a cluster");
    }
  }
}
