package io.sluice.load.standby;

import io.sluice.load.cluster.ClusterOptions;
import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.NodeProcess;
import io.sluice.load.crash.LoadedStore;
import io.sluice.load.disaster.AdminClient;
import io.sluice.load.disaster.BackupAdmin;
import io.sluice.load.process.ServerOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * One of two clusters, each of which is the primary in its turn. It reaches the place where both
 * meet by a link of its own, which can be broken. For one thread.
 */
final class Side implements AutoCloseable {
  static final String TARGET = "meet";
  private static final Duration READY_LIMIT = Duration.ofMinutes(3);
  private static final Duration STATE_LIMIT = Duration.ofMinutes(2);
  private static final double POLL_SECONDS = 0.05;
  private static final double RETRY_SECONDS = 0.2;

  private final String name;
  private final Path meeting;
  private final Path link;
  private final ClusterProcess cluster;
  private final Balancer balancer;
  private final AdminClient client;
  private boolean hasTarget;

  private Side(String name, Path meeting, Path link, ClusterProcess cluster, Balancer balancer) {
    this.name = name;
    this.meeting = meeting;
    this.link = link;
    this.cluster = cluster;
    this.balancer = balancer;
    this.client = new AdminClient(cluster.endpoints());
  }

  /**
   * Starts a new cluster.
   *
   * @param directory of everything that it writes; is not there yet
   * @param meeting where both clusters meet
   */
  static Side start(
      String name, ServerOptions server, ClusterOptions shape, Path directory, Path meeting)
      throws IOException {
    Files.createDirectories(directory);
    Path link = directory.resolve("meeting");
    Files.createSymbolicLink(link, meeting);
    ClusterProcess cluster = ClusterProcess.prepare(server, shape, directory, Set.of());
    try {
      cluster.startAll();
      return new Side(name, meeting, link, cluster, new Balancer(cluster.endpoints()));
    } catch (IOException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  String name() {
    return name;
  }

  List<URI> gateways() {
    return cluster.endpoints();
  }

  BackupAdmin backups() {
    return new BackupAdmin(client);
  }

  /** Where its standby asks whether it lives. */
  URI address() {
    return balancer.address();
  }

  JsonObject status() throws IOException {
    return client.get("/standby");
  }

  /** Waits until its status is as wanted. */
  JsonObject await(String what, Predicate<JsonObject> wanted) throws IOException {
    return await(what, wanted, STATE_LIMIT);
  }

  /** The same, for that long. */
  JsonObject await(String what, Predicate<JsonObject> wanted, Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    JsonObject last = status();
    while (!wanted.test(last)) {
      if (System.nanoTime() > end) {
        throw new IOException(name + ": not " + what + " in time, but " + last.encode());
      }
      LoadedStore.pause(POLL_SECONDS);
      last = status();
    }
    return last;
  }

  /** Has it make backups at the meeting place all the time, if it does not already. */
  void backUp(String every) throws IOException {
    if (!hasTarget) {
      backups().addTarget(TARGET, link, 0);
      client.post(
          "/targets/" + TARGET + "/schedules",
          new JsonObject().put("kind", "continuous").put("every", every));
      hasTarget = true;
    }
  }

  /** Gives it a lease, or ends the one that it has; the span may be "none". */
  void lease(String span) throws IOException {
    client.postPatiently(
        "/standby/lease", new JsonObject().put("target", TARGET).put("lease", span));
  }

  /** Has it follow another for the first time, as soon as that has a backup. */
  void follow(Side primary, Duration automatic) throws IOException {
    become("/standby", terms(primary, automatic).put("url", "file://" + link));
  }

  /** Has it follow whoever took over from it, as soon as that has a backup. */
  void failBack(Side primary, Duration automatic) throws IOException {
    become("/standby/fail-back", terms(primary, automatic).put("target", TARGET));
  }

  /** One that is asked again, because its answer was lost, refuses what it has become. */
  private void become(String path, JsonObject terms) throws IOException {
    long end = System.nanoTime() + STATE_LIMIT.toNanos();
    while (!"standby".equals(status().getString("role"))) {
      try {
        client.post(path, terms);
      } catch (AdminClient.RefusedException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LoadedStore.pause(RETRY_SECONDS);
      }
    }
  }

  private static JsonObject terms(Side primary, Duration automatic) {
    return new JsonObject()
        .put("everyMs", 1_000)
        .put("automaticMs", automatic.toMillis())
        .put("primary", primary.address().toString());
  }

  /** Has it take over; not by force, it is asked again until its primary is known to be gone. */
  void promote(boolean force) throws IOException {
    JsonObject order = new JsonObject().put("force", force);
    if (!force) {
      client.postPatiently("/standby/promote", order);
      return;
    }
    try {
      client.post("/standby/promote", order);
    } catch (AdminClient.RefusedException e) {
      if (!isPrimary(status())) { // it may have become that meanwhile
        throw e;
      }
    }
  }

  static boolean isPrimary(JsonObject status) {
    return "ordinary".equals(status.getString("role"));
  }

  /** Makes a backup that has all that was acknowledged by now; waits until it is begun only. */
  String beginBackup() throws IOException {
    while (true) {
      try {
        return backups().begin(TARGET, "incremental");
      } catch (AdminClient.RefusedException e) { // while its schedule makes one
        if (!String.valueOf(e.getMessage()).startsWith("409")) {
          throw e;
        }
        LoadedStore.pause(RETRY_SECONDS);
      }
    }
  }

  /**
   * Makes a backup, and waits until it, or a newer one, is complete. Who fails back before the new
   * primary has one of after its promotion gets what that held in an earlier life first.
   */
  void completeBackup() throws IOException {
    String id = beginBackup();
    long end = System.nanoTime() + STATE_LIMIT.toNanos();
    while (backups().list(TARGET).stream().noneMatch(set -> set.id().compareTo(id) >= 0)) {
      if (System.nanoTime() > end) {
        throw new IOException(name + ": backup " + id + " is not complete in time");
      }
      LoadedStore.pause(RETRY_SECONDS);
    }
  }

  /** The newest epoch at the meeting place, as it is written there. */
  JsonObject epoch() throws IOException {
    Path epochs = meeting.resolve("sluice-standby-1/epochs");
    int number = 1;
    while (Files.exists(epochs.resolve((number + 1) + ".json"))) {
      number++;
    }
    return new JsonObject(Files.readString(epochs.resolve(number + ".json")))
        .getJsonObject("epoch");
  }

  /** The moment that the set holds which whoever took over had applied when it said so. */
  Instant appliedMoment() throws IOException {
    JsonObject applied = epoch().getJsonObject("applied");
    Path set =
        meeting
            .resolve("sluice-backup-1")
            .resolve(applied.getString("clusterId"))
            .resolve("sets")
            .resolve(applied.getString("setId"))
            .resolve("set.json");
    return Instant.parse(
        new JsonObject(Files.readString(set)).getJsonObject("set").getString("cutAt"));
  }

  /** SIGKILL to all of its processes. */
  void kill() {
    cluster.killAll();
  }

  void start() throws IOException {
    cluster.launchAll();
    cluster.awaitReady(READY_LIMIT);
  }

  /** SIGSTOP to all of its processes. */
  void pause() throws IOException {
    for (NodeProcess node : cluster.nodes()) {
      node.pause();
    }
  }

  /** SIGCONT. */
  void resume() throws IOException {
    for (NodeProcess node : cluster.nodes()) {
      node.resume();
    }
  }

  /** Neither its standby reaches it, nor it the meeting place. Clients do. */
  void cutOff() throws IOException {
    balancer.cut(true);
    Files.delete(link);
  }

  /** Undoes that. */
  void reconnect() throws IOException {
    Files.createSymbolicLink(link, meeting);
    balancer.cut(false);
  }

  /**
   * Kills the node that follows, or makes backups, and starts it again.
   *
   * @return its name
   */
  String restartLeader() throws IOException {
    String leader =
        cluster.status().shards().stream()
            .findFirst()
            .flatMap(shard -> shard.leader())
            .orElseThrow(() -> new IOException(name + " has no leader"));
    for (NodeProcess node : cluster.nodes()) {
      if (node.name().equals(leader)) {
        node.kill();
        node.start();
      }
    }
    return leader;
  }

  /** Waits until every node serves. */
  void awaitReady() throws IOException {
    cluster.awaitReady(READY_LIMIT);
  }

  @Override
  public void close() throws IOException {
    balancer.close();
    cluster.close();
  }
}
