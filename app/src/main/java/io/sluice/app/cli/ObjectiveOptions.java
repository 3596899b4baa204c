package io.sluice.app.cli;

import io.sluice.app.config.TimeSpan;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is asked of a target's backups. */
final class ObjectiveOptions {
  @Option(
      names = "--rpo",
      paramLabel = "SPAN",
      converter = TimeSpan.class,
      description = "The last backup is never older, such as 1h; 0s: no objective")
  private @Nullable Duration rpo;

  @Option(
      names = "--rto",
      paramLabel = "SPAN",
      converter = TimeSpan.class,
      description = "A restore of everything takes no longer, such as 4h; 0s: no objective")
  private @Nullable Duration rto;

  @Option(
      names = "--alert-url",
      paramLabel = "URL",
      description =
          "Gets a POST with JSON when an objective is missed or a backup fails; '': nobody")
  private @Nullable String alertUrl;

  /** What was given, as the server wants it. */
  Map<String, Object> given() {
    Map<String, Object> given = new LinkedHashMap<>();
    if (rpo != null) {
      given.put("rpoSeconds", rpo.toSeconds());
    }
    if (rto != null) {
      given.put("rtoSeconds", rto.toSeconds());
    }
    if (alertUrl != null) {
      given.put("alertUrl", alertUrl);
    }
    return given;
  }
}
