package io.sluice.load.standby;

import io.sluice.load.crash.LoadedStore;
import io.sluice.load.disaster.Findings;
import io.sluice.load.disaster.Model;
import io.sluice.load.disaster.StoreState;
import io.sluice.load.disaster.Workload;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.s3.Credentials;
import io.sluice.load.s3.S3Response;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Two clusters, one of which is lost and comes back as the other's standby. For one thread. */
final class Switchover {
  private static final Credentials SECOND =
      new Credentials("standbysecondkey", "standbysecondsecret0123456789");
  static final Duration LEASE = Duration.ofSeconds(5);

  /** After an epoch was claimed that followed such a lease. */
  static final Duration LEASE_WAIT = LEASE.plus(LEASE.dividedBy(10)).plusSeconds(1);

  static final Duration AUTOMATIC = Duration.ofSeconds(5);

  private static final Duration TAKEOVER_LIMIT = Duration.ofMinutes(2);
  private static final double MORE_SECONDS = 2;
  private static final int INTERRUPTIONS = 2;

  /** A promotion claims its epoch by then. */
  private static final double CLAIM_SECONDS = 0.8;

  /** What is fetched to fail back, at most, by what differs: chunks have heads. */
  private static final double DIFFERENCE_FACTOR = 1.1;

  private static final long DIFFERENCE_BYTES = 1_000_000;
  private static final JsonObject NOTHING = new JsonObject();

  /**
   * How much is done.
   *
   * @param pause of each writer before each write, in seconds
   * @param secondsMax of load before the primary is lost
   * @param every of the continuous schedule
   */
  record Size(int writers, double pause, double secondsMax, String every) {}

  private final Size size;
  private final Random random;
  private final Findings findings;
  private final Map<String, Credentials> owners = new TreeMap<>();
  private final Map<String, Credentials> all = new TreeMap<>();
  private Side primary;
  private Side standby;
  private Model model = new Model();

  /** Whether a gateway may say that it takes no writes. */
  private volatile boolean mayBeFenced;

  Switchover(Side primary, Side standby, Size size, Random random, Findings findings) {
    this.primary = primary;
    this.standby = standby;
    this.size = size;
    this.random = random;
    this.findings = findings;
    owners.put("standby-photos", ServerOptions.credentials());
    owners.put("standby-mail", SECOND);
    all.putAll(owners);
    all.put(Prober.BUCKET, ServerOptions.credentials());
    all.put("standby-empty", SECOND);
  }

  /** Has the second cluster follow the first. */
  void begin(Variant first) throws IOException {
    primary.backups().addAccount("second", SECOND);
    StoreState.createBuckets(primary.gateways().get(0), all);
    primary.backUp(size.every()); // so the first set that is followed has the buckets
    setLease(false, first.isLeased());
    standby.follow(primary, automatic(first));
  }

  private static Duration automatic(Variant variant) {
    return variant.isAutomatic() ? AUTOMATIC : Duration.ZERO;
  }

  /** Writes go on as soon as every node knows of the lease. */
  private void setLease(boolean before, boolean after) throws IOException {
    if (before != after) {
      primary.lease(after ? LEASE.toSeconds() + "s" : "none");
    }
    for (URI gateway : primary.gateways()) {
      new Prober(List.of(gateway)).writeWithin("lease", TAKEOVER_LIMIT);
    }
  }

  /**
   * Loses the primary, and has it come back as the standby.
   *
   * @param next what comes after it
   */
  void round(int number, Variant variant, Variant next) throws IOException {
    System.out.printf(
        "round %d: %s, primary %s, standby %s%n", number, variant, primary.name(), standby.name());
    mayBeFenced = false;
    standby.await("following", now -> now.containsKey("position"));
    Seen seen;
    JsonObject fenced;
    try (Workload.Stretch load = load(primary)) {
      follow();
      seen = takeOver(number, variant);
      comeBack(variant);
      fenced =
          primary.await(
              "fenced, with a list",
              now -> now.getJsonObject("diverged", NOTHING).containsKey("changes"));
    }
    Takeover takeover = new Evidence(variant, seen, primary.name(), findings).judge(model, fenced);
    String snapshot = fenced.getJsonObject("fence", NOTHING).getString("snapshot", "none");
    new KeptState(primary.gateways().get(0), snapshot, owners, findings)
        .require(takeover.lost(), model.attempts());
    swap();
    model = new Model();
    model.become(seen.state());
    goOn(variant, next, takeover.bytesWrittenOver(seen.state()));
  }

  private Workload.Stretch load(Side side) {
    return new Workload(model, new TreeMap<>(owners), size.writers(), random, this::unexpected)
        .beginEndless(side.gateways(), size.pause());
  }

  private void unexpected(String object, S3Response response) {
    if (!mayBeFenced || response.status() != 403) {
      findings.violation(object + " was answered with " + response);
    }
  }

  /** Under load, for some time; of several nodes the one that follows is restarted. */
  private void follow() throws IOException {
    double seconds = 1 + random.nextDouble() * (size.secondsMax() - 1);
    LoadedStore.pause(seconds / 2);
    if (standby.gateways().size() > 1) {
      System.out.printf("  %s of the standby restarted%n", standby.restartLeader());
      standby.awaitReady();
    }
    LoadedStore.pause(seconds / 2);
    JsonObject now = standby.status();
    System.out.printf(
        "  lost after %.1f s of load; the standby says that it is %s s and %s bytes behind%n",
        seconds, now.getValue("lagSeconds"), now.getValue("lagBytes"));
    if (now.containsKey("problem")) {
      System.out.println("  its problem: " + now.getJsonObject("problem").encode());
    }
  }

  private Seen takeOver(int number, Variant variant) throws IOException {
    mayBeFenced = true;
    Instant struck = Instant.now();
    strike(variant);
    Instant recoveryPoint = promote(variant);
    Instant first = new Prober(standby.gateways()).writeWithin("round-" + number, TAKEOVER_LIMIT);
    Instant applied = standby.appliedMoment();
    return new Seen(
        struck,
        first,
        applied.isAfter(recoveryPoint) ? applied : recoveryPoint,
        StoreState.read(standby.gateways().get(0), owners, ""));
  }

  private void strike(Variant variant) throws IOException {
    switch (variant) {
      case KILL, AUTOMATIC, AUTOMATIC_INTERRUPTED -> primary.kill();
      case PAUSE -> primary.pause();
      case PARTITION, LEASED_PARTITION -> primary.cutOff();
      case INTERRUPTED -> {}
    }
  }

  /**
   * Returns when the standby is the primary.
   *
   * @return the recovery point that it told last
   */
  private Instant promote(Variant variant) throws IOException {
    if (variant == Variant.AUTOMATIC_INTERRUPTED) {
      standby.await("taking over", now -> now.containsKey("promotion"));
      interrupt(LEASE_WAIT.toMillis() / 1e3);
    } else if (variant == Variant.INTERRUPTED) {
      interruptPromotions();
    } else if (!variant.isAutomatic()) {
      standby.promote(false);
    }
    Instant[] told = {Instant.EPOCH};
    standby.await(
        "promoted",
        now -> {
          if (now.containsKey("recoveryPoint")) {
            told[0] = Instant.parse(now.getString("recoveryPoint"));
          }
          return Side.isPrimary(now);
        });
    return told[0];
  }

  /** After each it is a standby or the primary, and can be promoted again, or is. */
  private void interruptPromotions() throws IOException {
    standby.promote(true);
    for (int i = 0; i < INTERRUPTIONS; i++) {
      // First about when it says at the meeting place that it is the primary, then at any time.
      JsonObject now = interrupt(i == 0 ? CLAIM_SECONDS : LEASE_WAIT.toMillis() / 1e3);
      if (!Side.isPrimary(now)) {
        standby.promote(true);
      }
    }
  }

  /**
   * Kills the standby within a span, and starts it again.
   *
   * @return what it is then
   */
  private JsonObject interrupt(double secondsMax) throws IOException {
    double seconds = random.nextDouble() * secondsMax;
    LoadedStore.pause(seconds);
    standby.kill();
    standby.start();
    JsonObject now = standby.status();
    System.out.printf(
        "  killed %.1f s after the promotion began; then it is: %s, %s%n",
        seconds, now.getString("role"), now.getJsonObject("promotion"));
    return now;
  }

  private void comeBack(Variant variant) throws IOException {
    switch (variant) {
      case KILL, AUTOMATIC, AUTOMATIC_INTERRUPTED -> primary.start();
      case PAUSE -> primary.resume();
      case PARTITION, LEASED_PARTITION -> {
        LoadedStore.pause(random.nextDouble() * MORE_SECONDS);
        primary.reconnect();
      }
      case INTERRUPTED -> {}
    }
  }

  private void swap() {
    Side before = primary;
    primary = standby;
    standby = before;
  }

  /**
   * Clients write to the new primary, and the old one becomes its standby.
   *
   * @param writtenOver bytes that the old one had written over, and must fetch again
   */
  private void goOn(Variant variant, Variant next, long writtenOver) throws IOException {
    mayBeFenced = false;
    primary.backUp(size.every());
    setLease(variant.isLeased(), next.isLeased());
    long start;
    try (Workload.Stretch load = load(primary)) {
      LoadedStore.pause(MORE_SECONDS);
      primary.completeBackup();
      start = System.nanoTime();
      standby.failBack(primary, automatic(next));
      standby.await("following", now -> now.containsKey("position"));
    }
    String last = primary.beginBackup();
    JsonObject back =
        standby.await(
            "without lag",
            now ->
                now.getString("position", "").compareTo(last) >= 0
                    && now.getInteger("lagSets", 1) == 0);
    long read = back.getLong("bytesRead");
    long differing = written() + writtenOver;
    System.out.printf(
        "  failed back in %.1f s: %.1f MB read, of %.1f MB that were written since, or written over"
            + " before; %d comparisons%n",
        (System.nanoTime() - start) / 1e9,
        read / 1e6,
        differing / 1e6,
        back.getLong("comparisons"));
    if (read > differing * DIFFERENCE_FACTOR + DIFFERENCE_BYTES) {
      findings.violation("it read " + read + " bytes, where " + differing + " differ");
    }
    compare();
  }

  /** Bytes of all writes since the takeover. */
  private long written() {
    return model.attempts().values().stream()
        .flatMap(List::stream)
        .filter(each -> each.began().isAfter(Instant.EPOCH))
        .mapToLong(each -> each.then() == null ? 0 : each.then().length())
        .sum();
  }

  private void compare() throws IOException {
    StoreState expected = StoreState.read(primary.gateways().get(0), all, "");
    findings.differences("written at the new primary", withoutProbes(model.problems(expected)));
    for (URI gateway : standby.gateways()) {
      findings.differences(
          "after failing back, at " + gateway,
          expected.differences(StoreState.read(gateway, all, ""), Set.of(), false));
    }
    System.out.printf(
        "  equal: %d objects of %.1f MB at each gateway%n",
        expected.objects(), expected.bytes() / 1e6);
    model.become(expected.without(Prober.BUCKET));
  }

  private static List<String> withoutProbes(List<String> problems) {
    return problems.stream().filter(each -> !each.startsWith(Prober.BUCKET)).toList();
  }
}
