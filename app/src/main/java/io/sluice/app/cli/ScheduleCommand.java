package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sluice.app.config.TimeSpan;
import io.sluice.recovery.schedule.CronSchedule;
import io.sluice.storage.SpanText;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice backup schedule}: when backups are made. */
@Command(
    name = "schedule",
    description = "When backups are made, and restores tried, by themselves.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(add | list | remove)")
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class ScheduleCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** What is made. */
  enum Kind {
    FULL,
    INCREMENTAL,
    DIFFERENTIAL,
    SYNTHETIC_FULL,
    CONTINUOUS,
    DRILL;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "one of add, list, remove is needed");
  }

  @Command(
      name = "add",
      description =
          "Makes backups of a kind, or restore drills, at certain times. What was missed is made up"
              + " for once.",
      mixinStandardHelpOptions = true)
  int add(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "TARGET", description = "Where they go") String target,
      @Option(
              names = "--kind",
              paramLabel = "KIND",
              required = true,
              description = "full, incremental, differential, synthetic-full, continuous or drill")
          Kind kind,
      @Option(
              names = "--every",
              paramLabel = "SPAN",
              description =
                  "For --kind continuous: an incremental backup so long after the last one, if"
                      + " anything changed; 1s to 1h")
          @Nullable String every,
      @Option(
              names = "--cron",
              paramLabel = "CRON",
              description =
                  "For the other kinds: minute, hour, day of the month, month, day of the week: '0"
                      + " 3 * * *' is each day at three, '*/15 * * * *' every quarter of an hour")
          @Nullable String cron,
      @Option(
              names = "--zone",
              paramLabel = "ZONE",
              defaultValue = "UTC",
              description =
                  "The time zone whose clocks that means, such as Europe/Berlin. Default: UTC")
          String zone,
      @Option(
              names = "--sample",
              paramLabel = "SHARE",
              description = "Of a drill: this share of the objects, such as 0.01. Default: 1, all")
          @Nullable Double sample) {
    if ((every == null) == (cron == null)) {
      throw new ParameterException(
          spec.commandLine(), "give --every for a continuous schedule, and else --cron");
    }
    requireTimes(every, cron, zone);
    Map<String, Object> wanted = new LinkedHashMap<>();
    wanted.put("kind", kind.toString());
    if (every != null) {
      wanted.put("every", every);
    } else {
      wanted.put("cron", cron);
      wanted.put("zone", zone);
    }
    if (sample != null) {
      wanted.put("share", sample);
    }
    JsonNode made = admin.client().call("POST", path(target), wanted);
    out().println(admin.json() ? made : "added schedule " + line(made));
    return 0;
  }

  /** The server looks too; but to be told of a slip nobody needs one. */
  private void requireTimes(@Nullable String every, @Nullable String cron, String zone) {
    try {
      if (every != null) {
        Duration unused = TimeSpan.parse(every);
      }
      if (cron != null) {
        CronSchedule unused = CronSchedule.parse(cron, zone);
      }
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  @Command(
      name = "list",
      description = "Lists the schedules of a target, or of all.",
      mixinStandardHelpOptions = true)
  int list(
      @Mixin AdminOptions admin,
      @Parameters(arity = "0..1", paramLabel = "TARGET", description = "Default: all targets")
          @Nullable String target) {
    ArrayNode found = JsonNodeFactory.instance.arrayNode();
    if (target == null) {
      admin
          .client()
          .call("GET", "/targets", null)
          .path("targets")
          .forEach(each -> each.path("schedules").forEach(found::add));
    } else {
      admin.client().call("GET", path(target), null).path("schedules").forEach(found::add);
    }
    if (admin.json()) {
      out().println(JsonNodeFactory.instance.objectNode().set("schedules", found).toString());
    } else if (found.isEmpty()) {
      out().println("no schedules");
    } else {
      found.forEach(each -> out().println(line(each)));
    }
    return 0;
  }

  @Command(
      name = "remove",
      description = "Removes a schedule. Backups that it made stay.",
      mixinStandardHelpOptions = true)
  int remove(
      @Mixin AdminOptions admin,
      @Parameters(index = "0", paramLabel = "TARGET", description = "The target") String target,
      @Parameters(index = "1", paramLabel = "ID", description = "Its number, as listed") int id) {
    return admin.remove(path(target) + "/" + id, "schedule " + id + " of target " + target);
  }

  private static String path(String target) {
    return TargetCommand.path(target) + "/schedules";
  }

  private static String line(JsonNode schedule) {
    if (schedule.has("everyMs")) {
      return "%d  %s  continuous  every %s, if anything changed"
          .formatted(
              schedule.path("id").asInt(),
              schedule.path("target").asText(),
              SpanText.of(Duration.ofMillis(schedule.path("everyMs").asLong())));
    }
    String when =
        schedule.has("problem")
            ? schedule.path("problem").asText()
            : schedule.has("due") ? "due " + schedule.path("due").asText() : "never due again";
    return "%d  %s  %s  '%s' %s, %s"
        .formatted(
            schedule.path("id").asInt(),
            schedule.path("target").asText(),
            schedule.path("kind").asText()
                + (schedule.has("share")
                    ? " of " + ShareText.of(schedule.path("share").asDouble())
                    : ""),
            schedule.path("cron").asText(),
            schedule.path("zone").asText(),
            when);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
