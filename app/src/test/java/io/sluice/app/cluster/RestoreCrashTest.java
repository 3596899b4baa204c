package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A server that is killed while a snapshot is being restored, and a restore that is begun again.
 */
@Tag("nodes")
class RestoreCrashTest {
  private static final String BUCKET = "restored";
  private static final String NODE = "lone";
  private static final int OBJECTS = 600;
  private static final int KILLS = 3;
  private static final int DELETED_EACH = 7;

  @TempDir Path directory;

  private static String key(int number) {
    return "k%04d".formatted(number);
  }

  private static String text(int number) {
    return "text " + number;
  }

  @Test
  void restore_serverKilledInItsMiddle_canBeBegunAgain_andEndsEqual() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    try (NodeProcesses nodes = new NodeProcesses(directory)) {
      start(nodes);
      try (S3Client s3 = nodes.s3(NODE)) {
        s3.createBucket(request -> request.bucket(BUCKET));
        all(number -> put(s3, key(number), text(number)));
        assertThat(nodes.sluice(NODE, "snapshot", "create", "--name", "then")).contains("made");
        Map<String, String> then = listing(s3);
        all(number -> change(s3, number));
        put(s3, "k-new", "new");

        for (int kill = 0; kill < KILLS; kill++) {
          int third = OBJECTS / KILLS;
          String reached = key(kill * third + random.nextInt(third));
          CompletableFuture<String> restore = restore(nodes);
          Awaitility.await("seed " + seed)
              .atMost(Duration.ofMinutes(1))
              .pollInterval(Duration.ofMillis(5))
              .until(() -> restore.isDone() || then.get(reached).equals(listing(s3).get(reached)));
          nodes.kill(NODE);
          restore.get();
          start(nodes);
        }

        restore(nodes).get();
        assertThat(listing(s3)).as("seed %d", seed).isEqualTo(then);
        all(
            number ->
                assertThat(
                        s3.getObjectAsBytes(request -> request.bucket(BUCKET).key(key(number)))
                            .asUtf8String())
                    .as("seed %d", seed)
                    .isEqualTo(text(number)));
        assertThat(nodes.sluice(NODE, "snapshot", "diff", "then"))
            .as("seed %d", seed)
            .startsWith("0 added, 0 changed, 0 removed");
      }
    }
  }

  private static void start(NodeProcesses nodes) throws IOException {
    nodes.launch(NODE, List.of());
    nodes.awaitReady(NODE);
  }

  private static void put(S3Client s3, String key, String text) {
    s3.putObject(request -> request.bucket(BUCKET).key(key), RequestBody.fromString(text));
  }

  private static void change(S3Client s3, int number) {
    if (number % DELETED_EACH == 0) {
      s3.deleteObject(request -> request.bucket(BUCKET).key(key(number)));
    } else {
      put(s3, key(number), "another " + number);
    }
  }

  private static void all(IntConsumer action) {
    IntStream.range(0, OBJECTS).parallel().forEach(action);
  }

  /** What it says when the server is gone is not looked at. */
  private static CompletableFuture<String> restore(NodeProcesses nodes) {
    return CompletableFuture.supplyAsync(
        () ->
            nodes.sluice(NODE, "restore", "--bucket", BUCKET, "--snapshot", "then", "--overwrite"));
  }

  /** Keys with what a client sees of them, times too. */
  private static Map<String, String> listing(S3Client s3) {
    List<S3Object> objects = new ArrayList<>();
    s3.listObjectsV2Paginator(request -> request.bucket(BUCKET)).contents().forEach(objects::add);
    Map<String, String> listing = new TreeMap<>();
    objects.forEach(
        object -> listing.put(object.key(), object.eTag() + ' ' + object.lastModified()));
    return listing;
  }
}
