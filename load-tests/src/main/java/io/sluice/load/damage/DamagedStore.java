package io.sluice.load.damage;

import io.sluice.load.content.SeededContent;
import io.sluice.load.crash.LoadedStore;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.S3Response;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;

/** A server whose backups are damaged, through its interfaces. For one thread. */
final class DamagedStore {
  static final String BUCKET = "damage-run";
  private static final String TARGET = "disk";
  private static final String BASE = "/_sluice/admin/v1";
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(30);
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final double POLL_SECONDS = 0.02;
  private static final int INLINE_MAX = 4_000;
  private static final int SIZE_MAX = 400_000;

  private final BlockingS3Client client;
  private final Random random;
  private final Map<String, byte[]> objects = new TreeMap<>();

  DamagedStore(URI endpoint, Random random) {
    this.client =
        new BlockingS3Client(
            BlockingS3Client.sharedHttp(),
            endpoint,
            ServerOptions.credentials(),
            "us-east-1",
            REQUEST_LIMIT);
    this.random = random;
  }

  /** Makes the bucket, and has its backups go to a directory. */
  void begin(Path directory) throws IOException {
    client.createBucket(BUCKET);
    JsonObject target =
        new JsonObject().put("name", TARGET).put("url", "file://" + directory.toAbsolutePath());
    long end = System.nanoTime() + LIMIT.toNanos();
    S3Response added = client.postPath(BASE + "/targets", target.encode());
    while (!added.isSuccess() && System.nanoTime() < end) { // until the format is active
      LoadedStore.pause(1);
      added = client.postPath(BASE + "/targets", target.encode());
    }
    require(added);
  }

  /** Writes objects, of which every other one is small enough to lie in its row. */
  void write(int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      int size = 1 + random.nextInt(i % 2 == 0 ? INLINE_MAX : SIZE_MAX);
      byte[] body = SeededContent.bytes(random.nextLong(), size);
      String key = "dir-%d/object-%03d".formatted(i % 7, i);
      require(client.put(BUCKET, key, body));
      objects.put(key, body);
    }
  }

  /** What is there now. */
  Map<String, byte[]> objects() {
    return new TreeMap<>(objects);
  }

  /**
   * Makes a backup.
   *
   * @return its id
   */
  String backUp(String kind) throws IOException {
    String id =
        post("/targets/" + TARGET + "/backups", new JsonObject().put("kind", kind)).getString("id");
    await(
        "/targets/" + TARGET,
        now -> id.equals(now.getJsonObject("last", new JsonObject()).getString("id")));
    return id;
  }

  /** Verifies all that there is; how the task ended. */
  JsonObject verify() throws IOException {
    String path = "/targets/" + TARGET + "/verification";
    String id = post(path, new JsonObject().put("share", 1)).getString("id");
    return await(
        path, now -> id.equals(now.getString("id")) && !"running".equals(now.getString("state")));
  }

  /** Restores a backup into a new bucket; how that ended. */
  JsonObject restore(String backup, String toBucket, boolean skipDamaged) throws IOException {
    JsonObject order =
        new JsonObject()
            .put("bucket", BUCKET)
            .put("toBucket", toBucket)
            .put("backup", backup)
            .put("skipDamaged", skipDamaged);
    String id = post("/targets/" + TARGET + "/restores", order).getString("id");
    return await("/restores/" + id, now -> !"running".equals(now.getString("state")));
  }

  /**
   * How many objects a bucket has, all of which are as they were.
   *
   * @return -1 when one is not
   */
  int restored(String bucket, Map<String, byte[]> expected) throws IOException {
    int right = 0;
    for (Map.Entry<String, byte[]> object : expected.entrySet()) {
      S3Response got = client.get(bucket, object.getKey());
      if (got.isSuccess()) {
        if (!Arrays.equals(got.body(), object.getValue())) {
          return -1;
        }
        right++;
      } else if (got.status() != 404) {
        require(got);
      }
    }
    return right;
  }

  private JsonObject await(String path, Predicate<JsonObject> as) throws IOException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < end) {
      JsonObject now = json(client.getPath(BASE + path));
      if (as.test(now)) {
        return now;
      }
      LoadedStore.pause(POLL_SECONDS);
    }
    throw new IOException(path + " is not as expected after " + LIMIT);
  }

  private JsonObject post(String path, JsonObject body) throws IOException {
    return json(client.postPath(BASE + path, body.encode()));
  }

  private static JsonObject json(S3Response response) throws IOException {
    require(response);
    return new JsonObject(response.text());
  }

  private static void require(S3Response response) throws IOException {
    if (!response.isSuccess()) {
      throw new IOException(response.status() + " " + response.text());
    }
  }
}
