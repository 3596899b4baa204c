package io.sluice.load.disaster;

import io.sluice.load.cluster.NodeProcess;
import io.sluice.load.crash.LoadedStore;
import io.sluice.load.s3.Credentials;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;

/** Restores into a cluster, and comparisons with what there was. For one thread. */
final class Restoring {
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final double POLL_SECONDS = 0.02;
  private static final double RETRY_SECONDS = 0.5;

  /** A restore that meets an election fails, and is begun again, as its operator would. */
  private static final int TRIES_MAX = 20;

  private static final Pattern REFUSAL = Pattern.compile("[A-Z_]+: ");

  private final LivingStore store;
  private final String target;
  private final Map<String, Credentials> owners;
  private final Random random;
  private final Findings findings;

  /**
   * @param target the name that the backups' place has in that cluster
   */
  Restoring(
      LivingStore store,
      String target,
      Map<String, Credentials> owners,
      Random random,
      Findings findings) {
    this.store = store;
    this.target = target;
    this.owners = owners;
    this.random = random;
    this.findings = findings;
  }

  /** Restores at some node, to the end, and says how fast that was. */
  void restore(String what, JsonObject order) throws IOException {
    long start = System.nanoTime();
    JsonObject done = poll(anyNode(), order, Long.MAX_VALUE);
    requireComplete(what, done);
    print(what, done, System.nanoTime() - start);
  }

  /**
   * Kills the node that restores when it has restored some, and begins again at another, while the
   * first comes back.
   *
   * @param objects that there are to restore
   */
  void restoreWithKill(String what, JsonObject order, int objects) throws IOException {
    int first = anyNode();
    JsonObject half = poll(first, order, random.nextInt(Math.max(1, objects)));
    if (failed(half)) {
      findings.violation(what + ": " + half.encode());
    }
    NodeProcess killed = store.node(first);
    killed.kill();
    System.out.printf(
        "  %s killed with %d of %d objects restored (%s)%n",
        killed.name(), half.getLong("restored"), objects, half.getString("state"));
    killed.start();
    if (store.gateways().size() == 1) {
      store.awaitReady(killed);
    }
    long start = System.nanoTime();
    int second = 1 + first % store.gateways().size();
    JsonObject done = poll(second, order, Long.MAX_VALUE);
    for (int tries = 1; mayPass(done) && tries < TRIES_MAX; tries++) {
      System.out.println("  begun again, because " + done.getString("failure"));
      LoadedStore.pause(RETRY_SECONDS);
      done = poll(second, order, Long.MAX_VALUE);
    }
    requireComplete(what, done);
    print(what + ", begun again", done, System.nanoTime() - start);
    store.awaitReady(killed);
  }

  private int anyNode() {
    return 1 + random.nextInt(store.gateways().size());
  }

  private static boolean failed(JsonObject answer) {
    return "failed".equals(answer.getString("state"));
  }

  /** Whether it met the election; what the metadata refuses is no matter of time. */
  private static boolean mayPass(JsonObject answer) {
    return failed(answer) && !REFUSAL.matcher(answer.getString("failure", "")).lookingAt();
  }

  /** Begins a restore, and returns when it has ended or restored that many. */
  private JsonObject poll(int node, JsonObject order, long enough) throws IOException {
    String id = begin(node, order);
    long end = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < end) {
      JsonObject now = store.admin().restore(node, id);
      if (!"running".equals(now.getString("state")) || now.getLong("restored") >= enough) {
        return now;
      }
      LoadedStore.pause(POLL_SECONDS);
    }
    throw new IOException("a restore is not done after " + LIMIT.toSeconds() + " s");
  }

  /** A node that has just lost its leader can't look the target up for a moment. */
  private String begin(int node, JsonObject order) throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return store.admin().beginRestore(node, target, order);
      } catch (AdminClient.RefusedException e) {
        throw e;
      } catch (IOException e) {
        if (tries == TRIES_MAX) {
          throw e;
        }
        LoadedStore.pause(RETRY_SECONDS);
      }
    }
  }

  private void requireComplete(String what, JsonObject done) {
    if (!"complete".equals(done.getString("state")) || done.getLong("damaged") > 0) {
      findings.violation(what + ": " + done.encode());
    }
  }

  private static void print(String what, JsonObject done, long nanos) {
    long objects = done.getLong("restored");
    double seconds = nanos / 1e9;
    System.out.printf(
        "  %s of %s: %d objects of %.1f MB, %d were there, in %.2f s: %s%n",
        what,
        done.getString("backup"),
        objects,
        done.getLong("bytes") / 1e6,
        done.getLong("unchanged"),
        seconds,
        Backup.rate(objects, done.getLong("bytes"), seconds));
  }

  /**
   * Reads everything at every gateway, and compares.
   *
   * @param suffix of the names of the buckets that were restored into
   * @param moreIsFine whether what was written later may be there
   */
  void compare(String what, Moment moment, String suffix, boolean moreIsFine) throws IOException {
    int number = 0;
    for (URI gateway : store.gateways()) {
      number++;
      StoreState found = StoreState.read(gateway, owners, suffix);
      List<String> differences = moment.state().differences(found, moment.unsettled(), moreIsFine);
      findings.differences(what + " at gateway " + number, differences);
    }
    System.out.printf(
        "  %s: %d objects compared at each of %d gateways%n",
        what, moment.state().objects(), number);
  }
}
