package io.sluice.load.disaster;

import io.sluice.load.crash.LoadedStore;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.s3.Credentials;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A store whose processes are killed in the middle of a restore, of a prune, and of a full backup.
 * For one thread.
 */
final class Interruptions {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final Credentials SECOND =
      new Credentials("interruptsecondkey", "interruptsecondsecret0123456789");
  private static final String PRUNED = "pruned";
  private static final int WRITERS = 2;

  /** Of the chain that a prune removes. */
  private static final int SETS = 5;

  /** A prune of so few takes about as long as that. */
  private static final double PRUNE_SECONDS = 0.2;

  private static final double SLOW_BACKUP_SECONDS = 2;
  private static final double POLL_SECONDS = 0.05;

  private final LivingStore store;
  private final Path directory;
  private final int writes;
  private final Random random;
  private final Findings findings;
  private final Map<String, Credentials> owners = new TreeMap<>();
  private final Model model = new Model();
  private final Workload workload;
  private final AdminClient client;

  /**
   * @param directory where targets are made
   * @param writes before each backup
   */
  Interruptions(LivingStore store, Path directory, int writes, Random random, Findings findings) {
    this.store = store;
    this.directory = directory;
    this.writes = writes;
    this.random = random;
    this.findings = findings;
    owners.put("interrupt-photos", ServerOptions.credentials());
    owners.put("interrupt-mail", SECOND);
    this.client = new AdminClient(store.gateways());
    this.workload =
        new Workload(
            model,
            new TreeMap<>(owners),
            WRITERS,
            random,
            (object, response) -> findings.violation(object + " was answered with " + response));
  }

  /** Makes the buckets, and a target that keeps only the newest backup and what that needs. */
  void begin() throws IOException {
    System.out.println("interrupt-run: " + store.describe());
    store.admin().addAccount("second", SECOND);
    StoreState.createBuckets(store.gateways().get(0), owners);
    Path place = Files.createDirectories(directory.resolve(PRUNED));
    client.postPatiently(
        "/targets",
        new JsonObject()
            .put("name", PRUNED)
            .put("url", "file://" + place)
            .put("retention", new JsonArray().add("keep-last=1")));
  }

  /** Interrupts each once. */
  void round(int number) throws IOException {
    System.out.println("round " + number);
    make(PRUNED, "full");
    for (int i = 1; i < SETS; i++) {
      write();
      make(PRUNED, "incremental");
    }
    write();
    Moment newest = moment();
    restore(newest, number);
    pruneAndBackUp(newest, number);
  }

  private void write() throws IOException {
    try (Workload.Stretch stretch = workload.begin(store.gateways(), writes)) {
      // and waits until it is done
    }
  }

  private Backup make(String target, String kind) throws IOException {
    return store.admin().make(target, kind, LIMIT);
  }

  /** A full one: those before it can go. */
  private Moment moment() throws IOException {
    StoreState state = StoreState.read(store.gateways().get(0), owners, "");
    findings.differences("before any interruption", model.problems(state));
    return new Moment(make(PRUNED, "full"), state, model.unsettled());
  }

  private void restore(Moment newest, int number) throws IOException {
    String suffix = "-restored-" + number;
    Restoring restoring = new Restoring(store, PRUNED, owners, random, findings);
    int killed = random.nextInt(owners.size());
    for (String bucket : owners.keySet()) {
      JsonObject order = new JsonObject().put("bucket", bucket).put("toBucket", bucket + suffix);
      if (killed-- == 0) {
        restoring.restoreWithKill("restore", order, newest.state().only(bucket).objects());
      } else {
        restoring.restore("restore", order);
      }
    }
    restoring.compare("restored", newest, suffix, false);
  }

  /** Both leave a lease behind, which whoever goes on waits for: so they are waited for at once. */
  private void pruneAndBackUp(Moment newest, int number) throws IOException {
    killPrune();
    String slow = "slow-" + number;
    String backup = killBackup(slow, newest);
    JsonObject pruned = task("/targets/" + PRUNED + "/prune", new JsonObject());
    List<Backup> left = store.admin().list(PRUNED);
    System.out.printf(
        "  pruned again: %s more sets are gone; %d left%n",
        pruned.getJsonObject("result", pruned).getValue("sets"), left.size());
    if (!"done".equals(pruned.getString("state"))
        || left.size() != 1
        || !left.get(0).id().equals(newest.backup().id())) {
      findings.violation("pruned again: " + pruned.encode() + "; left: " + left);
    }
    requireGood(PRUNED, "after pruning again");
    restored(PRUNED, newest, "-pruned-" + number);
    Backup made = store.admin().awaitOrAgain(slow, backup, LIMIT, findings);
    System.out.println(
        "  " + (made.id().equals(backup) ? "gone on with: " : "made again: ") + made);
    requireGood(slow, "after an interrupted backup");
    restored(slow, new Moment(made, newest.state(), newest.unsettled()), "-slow-" + number);
  }

  private void killPrune() throws IOException {
    client.postAt(1, "/targets/" + PRUNED + "/prune", new JsonObject());
    LoadedStore.pause(random.nextDouble() * PRUNE_SECONDS);
    JsonObject pruning = client.getAt(1, "/targets/" + PRUNED + "/prune");
    restart("prune " + pruning.getString("state") + ' ' + pruning.getString("phase", ""));
    requireGood(PRUNED, "after an interrupted prune");
    System.out.printf("  %d backups left by it%n", store.admin().list(PRUNED).size());
  }

  /** Its id. */
  private String killBackup(String target, Moment newest) throws IOException {
    Path place = Files.createDirectories(directory.resolve(target));
    long rate = (long) (newest.state().bytes() / SLOW_BACKUP_SECONDS) + 1;
    store.admin().addTarget(target, place, rate);
    String backup = store.admin().begin(target, "full");
    LoadedStore.pause(random.nextDouble() * SLOW_BACKUP_SECONDS);
    boolean running = store.admin().maker(target, backup).isPresent();
    restart(running ? "backup under way" : "backup not under way");
    return backup;
  }

  private void restart(String what) throws IOException {
    store.killAll();
    System.out.println("  killed: " + what);
    store.startAll();
  }

  private void restored(String target, Moment moment, String suffix) throws IOException {
    Restoring restoring = new Restoring(store, target, owners, random, findings);
    for (String bucket : owners.keySet()) {
      restoring.restore(
          "restore", new JsonObject().put("bucket", bucket).put("toBucket", bucket + suffix));
    }
    restoring.compare("from " + target, moment, suffix, false);
  }

  private void requireGood(String target, String when) throws IOException {
    JsonObject ended =
        task("/targets/" + target + "/verification", new JsonObject().put("share", 1));
    JsonObject result = ended.getJsonObject("result", new JsonObject());
    System.out.printf(
        "  %s: %s sets, %s files verified%n",
        when, result.getValue("sets"), result.getValue("files"));
    if (!result.getBoolean("good", false)) {
      findings.violation(when + ": " + ended.encode());
    }
  }

  /** Has the first node do something, and waits until it has ended. */
  private JsonObject task(String path, JsonObject order) throws IOException {
    client.postAt(1, path, order);
    long end = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < end) {
      JsonObject now = client.getAt(1, path);
      if (!"running".equals(now.getString("state"))) {
        return now;
      }
      LoadedStore.pause(POLL_SECONDS);
    }
    throw new IOException(path + " has not ended after " + LIMIT.toSeconds() + " s");
  }
}
