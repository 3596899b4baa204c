package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Locale;

/** Mirrors, for people. */
final class MirrorText {
  private MirrorText() {}

  /** One on a line. */
  static String line(JsonNode mirror) {
    String prefix = mirror.path("prefix").asText();
    String lag =
        mirror.has("lagSeconds")
            ? String.format(Locale.ROOT, ", %.0f s behind", mirror.path("lagSeconds").asDouble())
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
          "  %d rules of the bucket's replication configuration go to %s%n",
          mirror.path("rules").asLong(), mirror.path("arn").asText());
    }
    out.printf(
        Locale.ROOT,
        "  sent %d objects (%s), deleted %d; %d are waiting, %d can't be sent%n",
        mirror.path("objects").asLong(),
        SizeText.of(mirror.path("bytes").asLong()),
        mirror.path("deletes").asLong(),
        mirror.path("pendingObjects").asLong(),
        mirror.path("failing").size());
    if (mirror.path("left").asLong() > 0) {
      out.printf("  %d objects there are not in the bucket%n", mirror.path("left").asLong());
    }
    if (mirror.path("replicas").asLong() > 0) {
      out.printf(
          "  %d came from a mirror, and were not sent on%n", mirror.path("replicas").asLong());
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
