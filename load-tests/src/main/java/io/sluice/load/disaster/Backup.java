package io.sluice.load.disaster;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Locale;

/**
 * A complete backup, as the server lists it.
 *
 * @param at the moment that it is of
 * @param objects that it adds, {@code objectBytes} long
 * @param bytesWritten to the target
 */
public record Backup(
    String id,
    String kind,
    Instant at,
    double seconds,
    long objects,
    long objectBytes,
    long bytesWritten) {

  static Backup of(JsonObject set) {
    return new Backup(
        set.getString("id"),
        set.getString("kind"),
        Instant.parse(set.getString("at")),
        set.getDouble("seconds"),
        set.getLong("objects"),
        set.getLong("objectBytes"),
        set.getLong("bytesWritten"));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s %s: %d objects of %.1f MB, %.1f MB written, in %.2f s: %s",
        kind,
        id,
        objects,
        objectBytes / 1e6,
        bytesWritten / 1e6,
        seconds,
        rate(objects, objectBytes, seconds));
  }

  /** How fast that was. */
  static String rate(long objects, long bytes, double seconds) {
    double atLeast = Math.max(seconds, 1e-3);
    return String.format(
        Locale.ROOT, "%.0f objects/s, %.1f MB/s", objects / atLeast, bytes / 1e6 / atLeast);
  }
}
