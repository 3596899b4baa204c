package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Has a backup made, and waits for it. */
final class BackupWait {
  private static final long POLL_MS = 200;

  private final AdminClient client;
  private final PrintWriter err;

  BackupWait(AdminClient client, PrintWriter err) {
    this.client = client;
    this.err = err;
  }

  /** Asks for one. */
  JsonNode begin(String target, String kind) {
    return client.call("POST", TargetCommand.path(target) + "/backups", Map.of("kind", kind));
  }

  /** Until the set is complete, or given up. */
  JsonNode await(String target, String id) throws InterruptedException {
    BackupProgressLine progress = new BackupProgressLine(err);
    CountDownLatch never = new CountDownLatch(1);
    while (true) {
      JsonNode now = client.call("GET", TargetCommand.path(target), null);
      if (now.path("last").path("id").asText().equals(id)) {
        progress.end();
        return client.call("GET", AdminPath.of(TargetCommand.path(target) + "/backups", id), null);
      }
      JsonNode running = now.path("running");
      if (!running.path("id").asText().equals(id)) {
        progress.end();
        JsonNode failed = now.path("lastFailure");
        throw new AdminClient.AdminException(
            "backup "
                + id
                + " was given up: "
                + (failed.path("id").asText().equals(id)
                    ? failed.path("message").asText()
                    : "another run or a change of the target ended it"));
      }
      progress.show(running);
      boolean unused = never.await(POLL_MS, TimeUnit.MILLISECONDS);
    }
  }
}
