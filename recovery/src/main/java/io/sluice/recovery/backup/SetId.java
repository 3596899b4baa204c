package io.sluice.recovery.backup;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names a backup: when it was begun, and something random, such as {@code
 * 20261121T100000.000Z-1f2e3d4c}. Their order is that of time.
 */
public record SetId(String text) implements Comparable<SetId> {
  private static final Pattern TEXT = Pattern.compile("\\d{8}T\\d{6}\\.\\d{3}Z-[0-9a-f]{8}");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final int TIME_LENGTH = 20;
  private static final SecureRandom RANDOM = new SecureRandom();

  public SetId {
    if (!TEXT.matcher(text).matches()) {
      throw new IllegalArgumentException("not the id of a backup: " + text);
    }
  }

  /**
   * A new one.
   *
   * @param newest after which it is to be, whatever the clock says; null: there is none
   */
  public static SetId create(Instant now, @Nullable SetId newest) {
    Instant at = now.truncatedTo(ChronoUnit.MILLIS);
    if (newest != null && !at.isAfter(newest.time())) {
      at = newest.time().plusMillis(1);
    }
    byte[] random = new byte[4];
    RANDOM.nextBytes(random);
    random[random.length - 1] |= 1; // all zeros are chainEnd's
    return new SetId(TIME.format(at) + "-" + HexFormat.of().formatHex(random));
  }

  /** The id, if it is one. */
  public static Optional<SetId> parse(String text) {
    return TEXT.matcher(text).matches() ? Optional.of(new SetId(text)) : Optional.empty();
  }

  /**
   * The id of the set that leads up to this one, a full one: it comes just before it, and behind
   * every other.
   */
  public SetId chainEnd() {
    return new SetId(text.substring(0, TIME_LENGTH) + "-00000000");
  }

  /** When it was begun, by its maker's clock. */
  public Instant time() {
    return TIME.parse(text.substring(0, TIME_LENGTH), Instant::from);
  }

  /** The folder of its files, below the cluster's. */
  public String folder() {
    return "sets/" + text + "/";
  }

  @Override
  public int compareTo(SetId other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }
}
