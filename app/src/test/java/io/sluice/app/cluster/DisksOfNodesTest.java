package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Three nodes of two disks each, in three zones: one disk fails under writes, is replaced by an
 * empty one, and the bits of others flip.
 */
@Tag("nodes")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DisksOfNodesTest {
  private static final String[] NODES = {"n1", "n2", "n3"};
  private static final String ILL = "n2";
  private static final String BUCKET = "kept";
  private static final int BYTES = 1 << 20;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir static Path directory;
  private static final Set<String> ACKNOWLEDGED = ConcurrentHashMap.newKeySet();
  private static final AtomicReference<String> FAILED = new AtomicReference<>("");
  private static NodeProcesses nodes;
  private static MountedDisk other;
  private static MountedDisk disk;

  @BeforeAll
  static void form() throws IOException {
    try {
      // Both of one size: else one would have next to nothing.
      other = MountedDisk.make(directory.resolve(ILL));
      disk = MountedDisk.make(second(ILL));
    } catch (IOException e) {
      abort("loop devices can't be mounted here: " + e.getMessage());
    }
    nodes = new NodeProcesses(directory);
    for (String node : NODES) {
      launch(node);
    }
    nodes.awaitReady(NODES);
    try (S3Client s3 = nodes.s3("n1")) {
      s3.createBucket(request -> request.bucket(BUCKET));
    }
  }

  @AfterAll
  static void end() throws IOException, InterruptedException {
    if (nodes != null) {
      nodes.close();
    }
    if (disk != null) {
      disk.close();
    }
    if (other != null) {
      other.close();
    }
  }

  private static Path second(String node) {
    return directory.resolve(node + "-second");
  }

  private static void launch(String node) throws IOException {
    List<String> options = nodes.clustered(node, NODES);
    options.addAll(nodes.creating(NODES));
    options.addAll(
        List.of("--data", second(node).toString(), "--zone", "zone-" + node, "--disk-out", "3s"));
    nodes.launch(node, options);
  }

  private static byte[] bytes(String key) {
    byte[] made = new byte[BYTES];
    new Random(key.hashCode()).nextBytes(made);
    return made;
  }

  private static void put(S3Client s3, String key) {
    s3.putObject(request -> request.bucket(BUCKET).key(key), RequestBody.fromBytes(bytes(key)));
    ACKNOWLEDGED.add(key);
  }

  private static void requireAll(String node) {
    try (S3Client s3 = nodes.s3(node)) {
      for (String key : ACKNOWLEDGED) {
        assertThat(s3.getObjectAsBytes(request -> request.bucket(BUCKET).key(key)).asByteArray())
            .as(key)
            .isEqualTo(bytes(key));
      }
    }
  }

  private static JsonObject status() throws IOException, InterruptedException {
    return new JsonObject(nodes.sluice("n1", "cluster", "status", "--json"));
  }

  private static boolean isWhole(JsonObject status) {
    JsonObject partitions = status.getJsonObject("partitions");
    JsonObject heal = status.getJsonObject("heal");
    return partitions.getInteger("underReplicated") == 0
        && partitions.getInteger("moving") == 0
        && heal.getInteger("waiting") + heal.getInteger("running") == 0;
  }

  private static List<JsonObject> disksOf(JsonObject status, String node) {
    List<JsonObject> disks = new ArrayList<>();
    for (Object one : status.getJsonArray("nodes")) {
      JsonObject shown = (JsonObject) one;
      if (shown.getString("name").equals(node)) {
        shown.getJsonArray("disks").forEach(found -> disks.add((JsonObject) found));
      }
    }
    return disks;
  }

  private static String idOf(Path data) throws IOException {
    return Files.readAllLines(data.resolve("disk.properties")).stream()
        .filter(line -> line.startsWith("disk-id="))
        .findFirst()
        .orElseThrow()
        .substring("disk-id=".length());
  }

  private static JsonObject shown(JsonObject status, String id) {
    return disksOf(status, ILL).stream()
        .filter(one -> one.getString("id").equals(id))
        .findFirst()
        .orElse(new JsonObject());
  }

  @Test
  @Order(1)
  void oneDiskFailsUnderWrites_onlyItIsOut_andRedundancyComesBackByItself() throws Exception {
    try (S3Client s3 = nodes.s3("n3")) {
      for (int i = 0; i < 20; i++) {
        put(s3, "before-" + i);
      }
    }
    String failed = idOf(second(ILL));
    FAILED.set(failed);
    for (String node : NODES) {
      assertThat(disksOf(status(), node))
          .hasSize(2)
          .allSatisfy(one -> assertThat(one.getInteger("partitions")).isPositive());
    }
    AtomicBoolean stop = new AtomicBoolean();
    var writer = Executors.newSingleThreadExecutor();
    Future<?> writing = writer.submit(() -> writeUntil(stop));
    try {
      disk.fail();
      Awaitility.await("the others have taken over")
          .atMost(PATIENCE)
          .pollInterval(Duration.ofSeconds(1))
          .until(
              () -> {
                JsonObject status = status();
                JsonObject ill = shown(status, failed);
                return "failed, retired".equals(ill.getString("state"))
                    && ill.getInteger("partitions") == 0
                    && status.getJsonObject("partitions").getInteger("moving") == 0
                    && status.getJsonObject("partitions").getInteger("underReplicated") == 0;
              });
    } finally {
      stop.set(true);
      writing.get();
      writer.shutdown();
    }
    assertThat(ACKNOWLEDGED.stream().filter(key -> key.startsWith("during-"))).isNotEmpty();
    assertThat(nodes.sluice("n1", "cluster", "nodes")).contains(failed + ": failed, retired");
    for (String node : NODES) {
      requireAll(node);
    }
  }

  /** A write that is refused may be refused: what was acknowledged is what counts. */
  private static void writeUntil(AtomicBoolean stop) {
    for (int i = 0; i < 200 && !stop.get(); i++) {
      try (S3Client s3 = nodes.s3(NODES[i % 3])) {
        put(s3, "during-" + i);
      } catch (software.amazon.awssdk.core.exception.SdkException refused) {
        // Tried again under another key.
      }
    }
  }

  @Test
  @Order(2)
  void emptyDiskInItsPlace_isRefilled() throws Exception {
    assertThat(nodes.stop(ILL)).isZero();
    disk.unmount();
    launch(ILL);
    nodes.awaitReady(ILL);
    // Not mounted: nothing is made below, and the node goes on with the other disk.
    assertThat(second(ILL)).isEmptyDirectory();
    assertThat(nodes.output(ILL)).contains("is not mounted");
    assertThat(nodes.stop(ILL)).isZero();

    disk.mountEmpty();
    launch(ILL);
    nodes.awaitReady(ILL);
    String made = idOf(second(ILL));
    String failed = FAILED.get();
    assertThat(made).isNotEqualTo(failed);
    Awaitility.await("the new disk has its share")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              JsonObject status = status();
              return shown(status, made).getInteger("partitions", 0) > 0
                  && shown(status, failed).isEmpty()
                  && isWhole(status);
            });
    requireAll(ILL);
  }

  @Test
  @Order(3)
  void flippedBits_areFoundByScrub_andRepairedFromAnotherNode() throws Exception {
    int flips = flip(directory.resolve("n1"), 40) + flip(second("n1"), 40);
    assertThat(flips).isGreaterThan(40);
    assertThat(scrubbed("n1")).isPositive();
    Awaitility.await("repaired")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> isWhole(status()));
    assertThat(scrubbed("n1")).isZero();
    requireAll("n1");
  }

  /** Scrubs all disks of a node; how many chunks were damaged. */
  private static int scrubbed(String node) throws IOException, InterruptedException {
    JsonObject before = new JsonObject(nodes.sluice(node, "scrub", "status", "--json"));
    Awaitility.await("no scrub runs")
        .atMost(PATIENCE)
        .until(() -> !running(new JsonObject(nodes.sluice(node, "scrub", "status", "--json"))));
    nodes.sluice(node, "scrub", "start", "--json");
    List<JsonObject> last = new ArrayList<>();
    Awaitility.await("scrubbed")
        .atMost(PATIENCE)
        .until(
            () -> {
              JsonObject now = new JsonObject(nodes.sluice(node, "scrub", "status", "--json"));
              last.clear();
              last.add(now);
              return !running(now)
                  && completed(now).size() == 2 * NODES.length
                  && completed(now).stream().noneMatch(completed(before)::contains);
            });
    return disks(last.get(0)).stream().mapToInt(one -> one.getInteger("damagedChunks")).sum();
  }

  private static List<JsonObject> disks(JsonObject scrub) {
    JsonArray disks = scrub.getJsonArray("disks");
    return disks.stream().map(JsonObject.class::cast).toList();
  }

  private static boolean running(JsonObject scrub) {
    return disks(scrub).stream().anyMatch(one -> one.getBoolean("running"));
  }

  /** Each disk with the time of its last scrub. */
  private static List<String> completed(JsonObject scrub) {
    return disks(scrub).stream()
        .map(one -> one.getString("disk") + " " + one.getString("lastCompleted"))
        .toList();
  }

  /** Flips bits in the segments of a disk, beyond the head of the first record. */
  private static int flip(Path data, int count) throws IOException {
    List<Path> segments;
    try (var files = Files.list(data.resolve("segments"))) {
      segments = files.filter(file -> sizeOf(file) > 64 << 10).toList();
    }
    Random random = new Random(7);
    int flipped = 0;
    for (int i = 0; i < count && !segments.isEmpty(); i++) {
      Path segment = segments.get(random.nextInt(segments.size()));
      try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
        long at = 4096 + random.nextLong(file.length() - (32 << 10));
        file.seek(at);
        int old = file.read();
        file.seek(at);
        file.write(old ^ (1 << random.nextInt(8)));
        flipped++;
      }
    }
    return flipped;
  }

  private static long sizeOf(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }
}
