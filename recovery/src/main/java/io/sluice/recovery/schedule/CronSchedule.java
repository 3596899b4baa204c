package io.sluice.recovery.schedule;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.field.CronFieldName;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.Optional;

/**
 * The moments that a cron expression of five fields names, by the clocks of a time zone.
 *
 * <p>Where clocks are set forward or back it does what cron does. An expression whose hour begins
 * with an asterisk goes by time that passes. One that names hours goes by what clocks show, once
 * for each time that they show: a time that is left out comes when clocks are set forward, and of a
 * time that comes twice only the first counts. So a backup at half past two is made once in each
 * night.
 *
 * <p>Immutable.
 */
public final class CronSchedule {
  private static final CronParser PARSER =
      new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

  private static final int LENGTH_MAX = 200;

  private final ExecutionTime times;
  private final ZoneId zone;
  private final boolean goesByPassedTime;

  private CronSchedule(Cron cron, ZoneId zone) {
    this.times = ExecutionTime.forCron(cron);
    this.zone = zone;
    this.goesByPassedTime =
        cron.retrieve(CronFieldName.HOUR).getExpression().asString().startsWith("*");
  }

  /**
   * Parses an expression.
   *
   * @param cron minute, hour, day of the month, month, day of the week
   * @param zone such as Europe/Berlin
   * @throws IllegalArgumentException when it can't be parsed; the message is one line for people
   */
  public static CronSchedule parse(String cron, String zone) {
    return new CronSchedule(cron(cron), zone(zone));
  }

  private static Cron cron(String text) {
    try {
      if (text.length() > LENGTH_MAX) {
        throw new IllegalArgumentException("it is longer than " + LENGTH_MAX + " characters");
      }
      return PARSER.parse(text).validate();
    } catch (RuntimeException e) { // the parser has several of its own
      throw new IllegalArgumentException(
          "'%s' is no cron expression of five fields, such as '0 3 * * *': %s"
              .formatted(text.substring(0, Math.min(text.length(), LENGTH_MAX)), e.getMessage()),
          e);
    }
  }

  private static ZoneId zone(String text) {
    try {
      return ZoneId.of(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "'%s' is no time zone such as Europe/Berlin or UTC".formatted(text), e);
    }
  }

  /** The first moment later than that; empty when there is none any more. */
  public Optional<Instant> next(Instant after) {
    return goesByPassedTime
        ? times.nextExecution(after.atZone(zone)).map(next -> next.toInstant())
        : nextShown(after);
  }

  /**
   * The first later moment at which clocks show a time that is named, and did not show it before.
   */
  private Optional<Instant> nextShown(Instant after) {
    LocalDateTime shown = LocalDateTime.ofInstant(after, zone);
    while (true) {
      // A day in UTC has every time, once.
      Optional<LocalDateTime> next =
          times.nextExecution(shown.atZone(ZoneOffset.UTC)).map(time -> time.toLocalDateTime());
      if (next.isEmpty()) {
        return Optional.empty();
      }
      Instant moment = moment(next.get());
      if (moment.isAfter(after)) {
        return Optional.of(moment);
      }
      shown = next.get();
    }
  }

  private Instant moment(LocalDateTime shown) {
    ZoneOffsetTransition transition = zone.getRules().getTransition(shown);
    return transition != null && transition.isGap()
        ? transition.getInstant()
        : shown.atZone(zone).withEarlierOffsetAtOverlap().toInstant();
  }
}
