package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes the status of a job for people: a line for each thing that is known, and a block for each
 * node or disk; or one message where there is no more to say.
 */
final class StatusText {
  private final PrintWriter out;
  private boolean begun;

  StatusText(PrintWriter out) {
    this.out = out;
  }

  void print(JsonNode answer) {
    if (answer.path("message").isTextual()) {
      out.println(answer.path("message").asText());
      return;
    }
    for (Map.Entry<String, JsonNode> field : answer.properties()) {
      JsonNode value = field.getValue();
      if (value.isArray()) {
        for (JsonNode one : value) {
          if (begun) {
            out.println();
          }
          print(one);
        }
      } else if (value.isObject()) {
        for (Map.Entry<String, JsonNode> inner : value.properties()) {
          String label = field.getKey() + ' ' + inner.getKey();
          for (JsonNode one :
              inner.getValue().isArray() ? inner.getValue() : List.of(inner.getValue())) {
            printLine(label, inner.getKey(), one);
          }
        }
      } else {
        printLine(field.getKey(), field.getKey(), value);
      }
    }
  }

  private void printLine(String label, String name, JsonNode value) {
    begun = true;
    out.printf(Locale.ROOT, "%-18s %s%n", words(label), text(name, value));
  }

  /** {@code chunksListed} as "chunks listed". */
  private static String words(String name) {
    return name.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
  }

  private static String text(String name, JsonNode value) {
    if (value.isNull()) {
      return "-";
    }
    if (value.isBoolean()) {
      return value.booleanValue() ? "yes" : "no";
    }
    if (name.startsWith("bytes") && value.isIntegralNumber()) {
      return SizeText.of(value.longValue()) + (name.startsWith("bytesPerSecond") ? "/s" : "");
    }
    if (value.isObject()) {
      return value.properties().stream()
          .map(field -> text(field.getKey(), field.getValue()))
          .collect(Collectors.joining(" "));
    }
    return name.equals("progress")
        ? String.format(Locale.ROOT, "%.0f %%", value.doubleValue() * 100)
        : value.asText();
  }
}
