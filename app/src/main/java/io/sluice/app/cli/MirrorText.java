package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.storage.SpanText;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Mirrors, for people. */
final class MirrorText {
  private MirrorText() {}

  /** One on a line. */
  static String line(JsonNode mirror) {
    String prefix = mirror.path("prefix").asText();
    String lag =
        mirror.has("lagSeconds")
            ? ", %s behind"
                .formatted(
                    SpanText.about(
                        Duration.ofSeconds(Math.round(mirror.path("lagSeconds").asDouble()))))
            : "";
    return "%s%s  %s%s to %s, %s%s"
        .formatted(
            mirror.path("name").asText(),
            mirror.has("arn") ? " (replication)" : "",
            mirror.path("bucket").asText(),
            prefix.isEmpty() ? "" : "/" + prefix,
            mirror.path("url").asText(),
            mirror.path("state").asText(),
            lag);
  }

  /** How far it is, and what is in its way. */
  static void print(PrintWriter out, JsonNode mirror) {
    out.println(line(mirror));
    if (mirror.has("arn")) {
      out.printf(
          "  to %s by %s of the bucket's replication configuration%n",
          mirror.path("arn").asText(), Counted.of(mirror.path("rules").asLong(), "rule"));
    }
    out.printf(
        Locale.ROOT,
        "  sent %s (%s), deleted %d; %d waiting, %d can't be sent%n",
        Counted.of(mirror.path("objects").asLong(), "object"),
        SizeText.of(mirror.path("bytes").asLong()),
        mirror.path("deletes").asLong(),
        mirror.path("pendingObjects").asLong(),
        mirror.path("failing").size());
    if (mirror.path("left").asLong() > 0) {
      out.printf(
          "  there and not in the bucket: %s%n",
          Counted.of(mirror.path("left").asLong(), "object"));
    }
    if (mirror.path("replicas").asLong() > 0) {
      out.printf(
          "  from a mirror, and not sent on: %s%n",
          Counted.of(mirror.path("replicas").asLong(), "object"));
    }
    if (mirror.has("lastError")) {
      out.printf(
          "  last error, %s: %s%n",
          mirror.path("lastErrorAt").asText(), mirror.path("lastError").asText());
    }
    for (JsonNode underWay : mirror.path("underWay")) {
      out.printf(
          "  takes long, since %s: %s%n",
          underWay.path("since").asText(), underWay.path("key").asText());
    }
    for (JsonNode failing : mirror.path("failing")) {
      out.printf(
          "  can't be sent since %s: %s: %s%n",
          failing.path("since").asText(),
          failing.path("key").asText(),
          failing.path("message").asText());
    }
  }
}
