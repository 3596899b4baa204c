package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.storage.SpanText;
import java.io.PrintWriter;
import java.time.Duration;

/** What {@code sluice recovery status} says of each target, for people. */
final class RecoveryStatusText {
  private static final int BUCKETS_SHOWN_MAX = 50;

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
                        target.path("inFuture").asBoolean()
                            ? "not known how long"
                            : span(target, "ageSeconds"),
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
                ? "about %s for %s at %s/s, as the last %s was"
                    .formatted(
                        span(target, "estimatedSeconds"),
                        size(target, "restoreBytes"),
                        size(target, "restoreBytesPerSecond"),
                        target.path("rateOfDrill").asBoolean() ? "drill" : "restore")
                : "not known: no restore from it was measured, and no drill made")
            + objective(target, "rto"));
    JsonNode verified = target.path("lastVerified");
    out.println(
        "  last verified    "
            + (verified.isMissingNode()
                ? "never"
                : "%s, %s%s"
                    .formatted(
                        verified.path("at").asText(),
                        Counted.of(verified.path("problems").asLong(), "problem"),
                        sample(verified))));
    drill(target.path("lastDrill"), target.path("lastGoodDrill"));
    buckets(target);
    if (target.has("lastFailure")) {
      out.println(
          "  failing          %s since then: %s"
              .formatted(
                  Counted.of(target.path("failures").asLong(), "time"),
                  target.path("lastFailure").asText()));
    }
  }

  private void drill(JsonNode last, JsonNode good) {
    out.println(
        "  restore tried    "
            + (last.isMissingNode()
                ? "never"
                : last.has("problem")
                    ? "%s, FAILED: %s".formatted(text(last, "at"), text(last, "problem"))
                    : went(last)));
    if (last.has("problem")) {
      out.println("  went well        " + (good.isMissingNode() ? "never" : went(good)));
    }
  }

  private void buckets(JsonNode target) {
    if (target.has("bucketsUnknown")) {
      out.println("  buckets          not known: " + text(target, "bucketsUnknown"));
    }
    if (!target.path("buckets").isEmpty()) {
      out.println("  buckets");
    }
    int shown = 0;
    for (JsonNode bucket : target.path("buckets")) {
      if (shown++ == BUCKETS_SHOWN_MAX) {
        out.println(
            "    and %d more: --json names them"
                .formatted(target.path("buckets").size() - BUCKETS_SHOWN_MAX));
        return;
      }
      out.println("    %-16s %s".formatted(text(bucket, "name"), bucket(bucket)));
    }
  }

  private static String bucket(JsonNode bucket) {
    if (!bucket.path("backedUp").asBoolean()) {
      return "NOT in the last backup; made %s ago".formatted(span(bucket, "ageSeconds"));
    }
    return "%s ago; %s%s, %s%s%s"
        .formatted(
            span(bucket, "ageSeconds"),
            bucket.path("exact").asBoolean() ? "" : "at most ",
            Counted.of(bucket.path("objects").asLong(), "object"),
            size(bucket, "bytes"),
            bucket.has("estimatedSeconds") ? ", about " + span(bucket, "estimatedSeconds") : "",
            bucket.path("deleted").asBoolean() ? "; deleted since" : "");
  }

  private static String went(JsonNode drill) {
    double share = drill.path("share").asDouble();
    long leftOut = drill.path("leftOut").asLong();
    return "%s, %s: %s, %s at %s/s%s"
        .formatted(
            text(drill, "at"),
            share < 1 ? "a sample of " + ShareText.of(share) : "everything",
            Counted.of(drill.path("objects").asLong(), "object"),
            size(drill, "bytes"),
            size(drill, "bytesPerSecond"),
            leftOut == 0 ? "" : "; " + Counted.of(leftOut, "object") + " too large for it");
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asText();
  }

  private static String objective(JsonNode target, String name) {
    return !target.has(name + "Seconds")
        ? ""
        : "; objective %s: %s"
            .formatted(
                SpanText.of(Duration.ofSeconds(target.path(name + "Seconds").asLong())),
                switch (target.path(name).asText()) {
                  case "missed" -> "MISSED";
                  case "met" -> "met";
                  default -> "nothing is known yet that could meet it";
                });
  }

  private static String sample(JsonNode verified) {
    if (verified.path("everyChunk").asBoolean()) {
      return "";
    }
    return verified.has("share")
        ? "; a sample, %s of the packs".formatted(ShareText.of(verified.path("share").asDouble()))
        : "; a sample of the packs";
  }

  private static String span(JsonNode node, String field) {
    return SpanText.about(Duration.ofSeconds(node.path(field).asLong()));
  }

  private static String size(JsonNode node, String field) {
    return SizeText.of(node.path(field).asLong());
  }
}
