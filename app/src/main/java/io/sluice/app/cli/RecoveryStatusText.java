package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** What {@code sluice recovery status} says of each target, for people. */
final class RecoveryStatusText {
  private final PrintWriter out;

  RecoveryStatusText(PrintWriter out) {
    this.out = out;
  }

  void print(JsonNode answer) {
    if (answer.path("targets").isEmpty()) {
      out.println("no targets; sluice target add NAME URL adds one");
    }
    answer.path("targets").forEach(this::target);
  }

  private void target(JsonNode target) {
    out.println(target.path("name").asText());
    JsonNode last = target.path("last");
    out.println(
        "  recovery point   "
            + (last.isMissingNode()
                ? "no backup yet"
                : "%s ago, %s %s"
                    .formatted(
                        span(target, "ageSeconds"),
                        last.path("kind").asText(),
                        last.path("id").asText()))
            + objective(target, "rpo"));
    JsonNode full = target.path("lastFull");
    if (!full.isMissingNode()) {
      out.println("  last full        " + span(full, "ageSeconds") + " ago");
    }
    out.println(
        "  recovery time    "
            + (target.has("estimatedSeconds")
                ? "about %s for %s at %s/s, as measured"
                    .formatted(
                        span(target, "estimatedSeconds"),
                        size(target, "restoreBytes"),
                        size(target, "restoreBytesPerSecond"))
                : "not known: no restore from it was measured")
            + objective(target, "rto"));
    JsonNode verified = target.path("lastVerified");
    out.println(
        "  last verified    "
            + (verified.isMissingNode()
                ? "never"
                : "%s, %d problems"
                    .formatted(verified.path("at").asText(), verified.path("problems").asLong())));
    if (target.has("lastFailure")) {
      out.println(
          "  failing          %d times since then: %s"
              .formatted(target.path("failures").asLong(), target.path("lastFailure").asText()));
    }
  }

  private static String objective(JsonNode target, String name) {
    return !target.has(name + "Seconds")
        ? ""
        : "; objective %s: %s"
            .formatted(
                span(target, name + "Seconds"),
                target.path(name + "Missed").asBoolean() ? "MISSED" : "met");
  }

  private static String span(JsonNode node, String field) {
    return Duration.ofSeconds(node.path(field).asLong())
        .toString()
        .substring(2)
        .toLowerCase(Locale.ROOT);
  }

  private static String size(JsonNode node, String field) {
    return SizeText.of(node.path(field).asLong());
  }
}
