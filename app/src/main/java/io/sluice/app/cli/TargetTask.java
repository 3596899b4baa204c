package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Long work that the server does at a target, asked for and waited for. */
final class TargetTask {
  private static final long POLL_MS = 200;

  private TargetTask() {}

  /** The targets that a command is about: the one that is named, that of a backup, or all. */
  static List<String> targets(AdminClient client, @Nullable String target, @Nullable String id) {
    if (target != null) {
      return List.of(target);
    }
    List<String> names = new ArrayList<>();
    if (id == null) {
      client
          .call("GET", "/targets", null)
          .path("targets")
          .forEach(each -> names.add(each.path("name").asText()));
    } else {
      for (JsonNode backup : client.call("GET", "/backups", null).path("backups")) {
        if (backup.path("id").asText().equals(id)) {
          names.add(backup.path("target").asText());
        }
      }
    }
    if (names.isEmpty()) {
      throw new AdminClient.AdminException(
          id == null
              ? "there are no targets; sluice target add NAME URL adds one"
              : "no target has a backup " + id + " that can be read");
    }
    return names;
  }

  /** Something that is done at one target. */
  @FunctionalInterface
  interface AtTarget {
    JsonNode run(String target) throws InterruptedException;
  }

  /**
   * Does it at one target after the other.
   *
   * @param shown gets each one's result at once
   * @return the results, with their targets
   */
  static ArrayNode forEach(List<String> targets, AtTarget work, BiConsumer<String, JsonNode> shown)
      throws InterruptedException {
    ArrayNode results = JsonNodeFactory.instance.arrayNode();
    for (String target : targets) {
      JsonNode result = work.run(target);
      results.addObject().put("target", target).set("result", result);
      shown.accept(target, result);
    }
    return results;
  }

  /** Whether something is so of all results. */
  static boolean allAre(ArrayNode results, Predicate<JsonNode> good) {
    boolean all = true;
    for (JsonNode each : results) {
      all &= good.test(each.path("result"));
    }
    return all;
  }

  /**
   * Begins, and waits until it has ended.
   *
   * @param what the path of it below the target's
   * @param progress is told how it goes on
   * @return what it found
   */
  static JsonNode run(
      AdminClient client, String target, String what, Object wanted, Consumer<JsonNode> progress)
      throws InterruptedException {
    String path = TargetCommand.path(target) + "/" + what;
    String id = client.call("POST", path, wanted).path("id").asText();
    CountDownLatch never = new CountDownLatch(1);
    while (true) {
      JsonNode now = client.call("GET", path, null);
      if (!now.path("id").asText().equals(id)) {
        throw new AdminClient.AdminException(
            "another " + what + " of " + target + " has begun: this one's result is gone");
      }
      switch (now.path("state").asText()) {
        case "done" -> {
          return now.path("result");
        }
        case "failed" ->
            throw new AdminClient.AdminException(
                "%s of %s: %s".formatted(what, target, now.path("message").asText()));
        default -> progress.accept(now);
      }
      boolean unused = never.await(POLL_MS, TimeUnit.MILLISECONDS);
    }
  }
}
