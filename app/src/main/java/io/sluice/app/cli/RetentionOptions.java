package io.sluice.app.cli;

import io.sluice.app.config.TimeSpan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which backups a target keeps. One that any rule keeps stays; without rules all stay. */
final class RetentionOptions {
  @Option(names = "--keep-last", paramLabel = "N", description = "Keep the newest N backups")
  private @Nullable Integer last;

  @Option(
      names = "--keep-hourly",
      paramLabel = "N",
      description = "Keep the last backup of each of the last N hours that have one")
  private @Nullable Integer hourly;

  @Option(names = "--keep-daily", paramLabel = "N", description = "The same with days")
  private @Nullable Integer daily;

  @Option(names = "--keep-weekly", paramLabel = "N", description = "The same with weeks")
  private @Nullable Integer weekly;

  @Option(names = "--keep-monthly", paramLabel = "N", description = "The same with months")
  private @Nullable Integer monthly;

  @Option(names = "--keep-yearly", paramLabel = "N", description = "The same with years")
  private @Nullable Integer yearly;

  @Option(
      names = "--min-age",
      paramLabel = "SPAN",
      converter = TimeSpan.class,
      description = "Keep what is younger, such as 14d")
  private @Nullable Duration minAge;

  @Option(
      names = "--keep-time-zone",
      paramLabel = "ZONE",
      description = "Of hours, days and so on, such as Europe/Berlin. Default: UTC")
  private @Nullable String zone;

  /** As the server takes them. */
  List<String> rules() {
    List<String> rules = new ArrayList<>();
    add(rules, "keep-last", last);
    add(rules, "keep-hourly", hourly);
    add(rules, "keep-daily", daily);
    add(rules, "keep-weekly", weekly);
    add(rules, "keep-monthly", monthly);
    add(rules, "keep-yearly", yearly);
    add(rules, "min-age", minAge);
    add(rules, "time-zone", zone);
    return rules;
  }

  private static void add(List<String> rules, String name, @Nullable Object value) {
    if (value != null) {
      rules.add(name + "=" + value);
    }
  }
}
