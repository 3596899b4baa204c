package io.sluice.load.disaster;

import io.sluice.load.cluster.ClusterOptions;
import io.sluice.load.cluster.NodeProcess;
import io.sluice.load.cluster.Shell;
import io.sluice.load.crash.LoadedStore;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.s3.Credentials;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A store that is backed up, destroyed and restored, round by round. The target of each round is a
 * new one: a restored cluster is another cluster than the one before. For one thread.
 */
final class Disaster implements AutoCloseable {
  private static final Duration BACKUP_LIMIT = Duration.ofMinutes(3);
  private static final Credentials SECOND =
      new Credentials("disastersecondkey", "disastersecondsecret0123456789");
  private static final double STRIKE_SECONDS_MAX = 0.6;
  private static final double SLOW_BACKUP_SECONDS = 4;
  private static final int OLDER_MAX = 3;

  /**
   * How much is done.
   *
   * @param moments whose exact state is known, in each round
   * @param writes before each of them
   */
  record Size(int moments, int writes, int writers) {}

  private final ServerOptions server;
  private final ClusterOptions shape;
  private final Path directory;
  private final Size size;
  private final List<DisasterRun.Kill> kills;
  private final Random random;
  private final Findings findings;
  private final Model model = new Model();
  private final Map<String, Credentials> owners = new TreeMap<>();
  private final Workload workload;
  private @Nullable LivingStore living;

  /**
   * @param directory where everything lies
   * @param kills what else is done to the nodes
   */
  Disaster(
      ServerOptions server,
      ClusterOptions shape,
      Path directory,
      Size size,
      List<DisasterRun.Kill> kills,
      Random random,
      Findings findings) {
    this.server = server;
    this.shape = shape;
    this.directory = directory;
    this.size = size;
    this.kills = kills;
    this.random = random;
    this.findings = findings;
    owners.put("disaster-photos", ServerOptions.credentials());
    owners.put("disaster-mail", SECOND);
    owners.put("disaster-logs", ServerOptions.credentials());
    this.workload =
        new Workload(
            model,
            new TreeMap<>(owners),
            size.writers(),
            random,
            (object, response) -> findings.violation(object + " was answered with " + response));
    // Nothing is written into it: it comes back all the same.
    owners.put("disaster-empty", SECOND);
  }

  /** Starts the first cluster. */
  void begin() throws IOException {
    LivingStore store = start(0);
    System.out.println("disaster-run: " + store.describe());
    store.admin().addAccount("second", SECOND);
    StoreState.createBuckets(store.gateways().get(0), owners);
  }

  private LivingStore start(int generation) throws IOException {
    long start = System.nanoTime();
    LivingStore store =
        LivingStore.start(server, shape, directory.resolve("cluster-" + generation));
    living = store;
    System.out.printf("  a new cluster in %.1f s%n", (System.nanoTime() - start) / 1e9);
    return store;
  }

  private LivingStore store() {
    LivingStore store = living;
    if (store == null) {
      throw new IllegalStateException("no cluster runs");
    }
    return store;
  }

  /** Backs the store up, loses it, and restores it into another. */
  void round(int number) throws IOException {
    System.out.println("round " + number);
    Path place = Files.createDirectories(directory.resolve("target-" + number));
    String target = "target-" + number;
    store().admin().addTarget(target, place, 0);
    List<Moment> moments = backUp(target);
    if (kills.contains(DisasterRun.Kill.BACKUP)) {
      killTheMaker(number);
      moments.add(moment(target));
    }
    List<Backup> all = store().admin().list(target);
    Moment newest = moments.get(moments.size() - 1);
    loseEverything(target);
    JsonObject order = restoreToFiles(place, newest, number);
    // What it holds nobody knows exactly, but each object is one that was uploaded, and whole.
    toFiles(place, all.get(random.nextInt(all.size())).id(), "any-" + number);
    start(number);
    store().admin().addTarget(target, place, 0);
    Restoring restoring = new Restoring(store(), target, owners, random, findings);
    if (kills.contains(DisasterRun.Kill.RESTORE)) {
      restoring.restoreWithKill("the newest", order, newest.state().objects());
    } else {
      restoring.restore("the newest", order);
    }
    restoring.compare("the newest", newest, "", false);
    model.become(newest.state());
    goBack(restoring, moments, all, number);
  }

  /** A full backup and others, while the workload goes on and when it stands still. */
  private List<Moment> backUp(String target) throws IOException {
    String kind = "full";
    List<Moment> moments = new ArrayList<>();
    for (int i = 0; i < size.moments(); i++) {
      try (Workload.Stretch stretch = workload.begin(store().gateways(), size.writes())) {
        LoadedStore.pause(random.nextDouble());
        System.out.println("  under load: " + make(target, kind));
      }
      kind = random.nextInt(4) == 0 ? "differential" : "incremental";
      moments.add(moment(target));
    }
    return moments;
  }

  private Backup make(String target, String kind) throws IOException {
    return store().admin().make(target, kind, BACKUP_LIMIT);
  }

  /** Nobody writes just now: what is there is what the backup has. */
  private Moment moment(String target) throws IOException {
    StoreState state = still();
    Backup backup = make(target, "incremental");
    System.out.println("  standing still: " + backup);
    return new Moment(backup, state, model.unsettled());
  }

  /** Reads everything, and compares it with what was written. */
  private StoreState still() throws IOException {
    int gateway = random.nextInt(store().gateways().size());
    StoreState state = StoreState.read(store().gateways().get(gateway), owners, "");
    findings.differences("before any disaster", model.problems(state));
    System.out.printf("  %d objects of %.1f MB%n", state.objects(), state.bytes() / 1e6);
    return state;
  }

  /**
   * A full backup to a target that takes its time; its node is killed. Another goes on, or says why
   * not, and the next backup is good.
   */
  private void killTheMaker(int number) throws IOException {
    String target = "slow-" + number;
    Path place = Files.createDirectories(directory.resolve(target));
    StoreState state = still();
    Set<String> unsettled = model.unsettled();
    BackupAdmin admin = store().admin();
    admin.addTarget(target, place, (long) (state.bytes() / SLOW_BACKUP_SECONDS) + 1);
    String id = admin.begin(target, "full");
    Optional<String> maker = Optional.empty();
    for (long end = System.nanoTime() + BACKUP_LIMIT.toNanos();
        maker.isEmpty() && System.nanoTime() < end; ) {
      maker = admin.maker(target, id);
    }
    LoadedStore.pause(random.nextDouble() * SLOW_BACKUP_SECONDS);
    Instant written = Instant.now();
    NodeProcess killed = store().node(maker.orElseThrow(() -> new IOException("nobody backs up")));
    Backup made;
    try (Workload.Stretch stretch = workload.begin(store().gateways(), size.writes())) {
      boolean running = admin.maker(target, id).isPresent();
      killed.kill();
      long start = System.nanoTime();
      System.out.printf(
          "  %s killed, which %s%n",
          killed.name(), running ? "made a backup" : "had made a backup");
      made = admin.awaitOrAgain(target, id, BACKUP_LIMIT, findings);
      System.out.printf("  %.1f s later there was %s%n", (System.nanoTime() - start) / 1e9, made);
      stretch.stop();
    }
    killed.start();
    store().awaitWhole(killed);
    RestoredFiles files = toFiles(place, made.id(), target);
    if (made.at().isBefore(written)) {
      findings.differences("the backup whose node was killed", files.differences(state, unsettled));
    }
  }

  /** In the middle of writes, and of a backup. */
  private void loseEverything(String target) throws IOException {
    try (Workload.Stretch stretch = workload.begin(store().gateways(), size.writes())) {
      LoadedStore.pause(random.nextDouble() * STRIKE_SECONDS_MAX);
      String begun = store().admin().begin(target, "incremental");
      LoadedStore.pause(random.nextDouble() * STRIKE_SECONDS_MAX);
      stretch.stop();
      store().destroy();
      System.out.println("  all nodes killed and deleted; backup " + begun + " had begun");
    }
    living = null;
  }

  /**
   * With no cluster there.
   *
   * @return the order for the same backup: the newest, unless the one that had begun was complete
   */
  private JsonObject restoreToFiles(Path place, Moment newest, int number) throws IOException {
    JsonObject plan = sluice("restore", "--from=" + url(place), "--to=/", "--dry-run", "--json");
    boolean isNewest = newest.backup().id().equals(plan.getString("backup", newest.backup().id()));
    JsonObject order = new JsonObject();
    if (!isNewest) {
      System.out.println("  the backup that had begun was complete");
      order.put("backup", newest.backup().id());
    }
    RestoredFiles files = toFiles(place, newest.backup().id(), "files-" + number);
    findings.differences("the files", files.differences(newest.state(), newest.unsettled()));
    return order;
  }

  private RestoredFiles toFiles(Path place, String backup, String name) throws IOException {
    Path files = directory.resolve("restored-" + name);
    JsonObject done =
        sluice("restore", "--from=" + url(place), "--backup=" + backup, "--to=" + files, "--json");
    long objects = done.getLong("objects");
    double seconds = done.getDouble("seconds");
    if (!done.getBoolean("complete")) {
      findings.violation("restore to files: " + done.encode());
    }
    System.out.printf(
        "  to files: %d objects in %.2f s: %s%n",
        objects, seconds, Backup.rate(objects, done.getLong("bytes"), seconds));
    return new RestoredFiles(files);
  }

  private static String url(Path place) {
    return "file://" + place.toAbsolutePath();
  }

  private JsonObject sluice(String... arguments) throws IOException {
    return new JsonObject(Shell.run(server.commandLine(List.of(arguments)), Map.of()));
  }

  /**
   * To moments before the newest, by their times: beside what there is, and the last one in place.
   */
  private void goBack(Restoring restoring, List<Moment> moments, List<Backup> all, int number)
      throws IOException {
    List<Moment> older = new ArrayList<>(moments.subList(0, moments.size() - 1));
    Collections.shuffle(older, random);
    for (int i = 0; i < Math.min(OLDER_MAX, older.size()); i++) {
      Moment moment = older.get(i);
      JsonObject order = new JsonObject().put("at", timeOf(moment, all).toString());
      boolean inPlace = i == OLDER_MAX - 1;
      String suffix = inPlace ? "" : "-then-" + number + "-" + i;
      if (inPlace) {
        restoring.restore("in place", order.put("overwrite", true));
      } else {
        for (String bucket : owners.keySet()) {
          restoring.restore(
              "by time", order.copy().put("bucket", bucket).put("toBucket", bucket + suffix));
        }
      }
      restoring.compare((inPlace ? "in place" : "by time") + " " + order, moment, suffix, inPlace);
      if (inPlace) {
        model.become(StoreState.read(store().gateways().get(0), owners, ""));
      }
    }
  }

  /** Some time from the moment itself to the next backup. */
  private Instant timeOf(Moment moment, List<Backup> all) {
    Instant at = moment.backup().at();
    Instant next =
        all.stream()
            .map(Backup::at)
            .filter(other -> other.isAfter(at))
            .min(Instant::compareTo)
            .orElse(at.plusMillis(1));
    int between = (int) Math.max(1, Duration.between(at, next).toMillis());
    return at.plusMillis(random.nextInt(between));
  }

  @Override
  public void close() throws IOException {
    LivingStore store = living;
    if (store != null) {
      store.close();
    }
  }
}
