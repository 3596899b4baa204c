package io.sluice.load.damage;

import io.sluice.load.process.ChildProcess;
import io.sluice.load.process.FreePorts;
import io.sluice.load.process.RunCommandLine;
import io.sluice.load.process.SeedOption;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import io.sluice.load.process.WorkDirectoryOption;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bin/damage-run}: files of backups are damaged, each kind of them in each way. */
@Command(
    name = "damage-run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Starts a server, writes objects, makes a full and an incremental backup to a directory, and damages",
      "a file: of each kind of files one, in each way. A verification must name it; a restore must refuse",
      "what is damaged, and with skip-damaged restore the rest, byte for byte. Then the file is mended, and",
      "the next one is damaged. Exit code 1 on any violation."
    })
public final class DamageRun implements Callable<Integer> {
  private static final Duration READY_LIMIT = Duration.ofMinutes(2);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

  @Mixin private ServerOptions server = new ServerOptions();

  @Mixin private WorkDirectoryOption work = new WorkDirectoryOption();

  @Option(
      names = "--objects",
      defaultValue = "60",
      description = "Objects (default: ${DEFAULT-VALUE}).")
  private int objects;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Times that each is damaged (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Mixin private SeedOption seed = new SeedOption();

  private int cases;
  private int violations;
  private int refused;
  private long restoredOfRest;
  private long lostOfRest;

  /**
   * The backups that are damaged.
   *
   * @param last the incremental one
   * @param objects what it holds
   */
  private record Backups(String last, Map<String, byte[]> objects, TargetFiles files) {}

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /**
   * The run as a call, for tests: the same arguments as on the command line.
   *
   * @return the exit code: 0 when there was no violation
   */
  public static int run(String... arguments) {
    return RunCommandLine.of(new DamageRun()).execute(arguments);
  }

  @Override
  public Integer call() throws Exception {
    long start = System.nanoTime();
    Random random = new Random(seed.value());
    System.out.println("damage-run: seed " + seed.value());
    int port = FreePorts.one();
    try (TemporaryDirectory directory = work.temporary("damage-");
        ChildProcess process =
            server.start(
                directory.path().resolve("data"), port, directory.path().resolve("server.log"))) {
      process.readyWithin(READY_LIMIT);
      DamagedStore store = new DamagedStore(ServerOptions.endpoint(port), random);
      Backups backups = backUp(store, Files.createDirectory(directory.path().resolve("target")));
      for (int round = 0; round < rounds; round++) {
        for (String kind : TargetFiles.KINDS) {
          for (Damage damage : Damage.values()) {
            one(store, backups, kind, damage, random);
          }
        }
      }
      expect(good(store.verify()), "mended, and a verification still finds something");
      process.stop(STOP_LIMIT);
    }
    System.out.printf(
        "damage-run: seed %d: %d damaged files in %.0f s; %d restores refused, and of the rest %d"
            + " objects restored and %d lost; %d violations%n",
        seed.value(),
        cases,
        (System.nanoTime() - start) / 1e9,
        refused,
        restoredOfRest,
        lostOfRest,
        violations);
    return violations == 0 ? 0 : 1;
  }

  private Backups backUp(DamagedStore store, Path target) throws IOException {
    store.begin(target);
    store.write(0, objects);
    store.backUp("full");
    store.write(objects / 2, objects + objects / 10);
    String last = store.backUp("incremental");
    expect(good(store.verify()), "a verification finds something before anything was damaged");
    return new Backups(last, store.objects(), new TargetFiles(target));
  }

  private void one(DamagedStore store, Backups backups, String kind, Damage damage, Random random)
      throws IOException {
    List<Path> files = backups.files().of(kind);
    Path file = files.get(random.nextInt(files.size()));
    Path other = files.get((files.indexOf(file) + 1) % files.size());
    damage.to(file, other, random);
    String name = backups.files().name(file);
    String what = damage + " of " + name;
    cases++;
    JsonObject verified = store.verify();
    expect(!good(verified), what + ": a verification finds nothing");
    expect(verified.encode().contains(name), what + " is not named: " + verified.encode());
    restore(store, backups, TargetFiles.saysWhatThereIs(kind), what);
    backups.files().mend();
  }

  /**
   * The newest backup.
   *
   * @param all whether without the file nobody may know what there was: then there is no rest
   */
  private void restore(DamagedStore store, Backups backups, boolean all, String what)
      throws IOException {
    JsonObject careful = store.restore(backups.last(), "careful-" + cases, false);
    boolean complete = complete(careful);
    refused += complete ? 0 : 1;
    // A file may have been damaged where the newest backup needs nothing of it: replaced since.
    expect(
        !complete
            || store.restored("careful-" + cases, backups.objects()) == backups.objects().size(),
        what + ": a restore that says nothing is not whole: " + careful.encode());
    JsonObject rest = store.restore(backups.last(), "rest-" + cases, true);
    if (complete(rest)) {
      int right = store.restored("rest-" + cases, backups.objects());
      expect(right >= 0, what + ": the rest has a wrong byte");
      int lost = backups.objects().size() - right;
      expect(
          lost == 0 || rest.getLong("damaged") > 0,
          what + ": objects are missing without a word: " + rest.encode());
      restoredOfRest += Math.max(right, 0);
      lostOfRest += lost;
    } else {
      expect(all, what + ": the rest is not restored: " + rest.encode());
    }
  }

  private static boolean complete(JsonObject restore) {
    return "complete".equals(restore.getString("state"));
  }

  private static boolean good(JsonObject verification) {
    JsonObject result = verification.getJsonObject("result", new JsonObject());
    JsonArray problems = result.getJsonArray("problems", new JsonArray());
    return result.getBoolean("good", false) && problems.isEmpty();
  }

  private void expect(boolean holds, String otherwise) {
    if (!holds) {
      violations++;
      System.out.println("  VIOLATION " + otherwise);
    }
  }
}
