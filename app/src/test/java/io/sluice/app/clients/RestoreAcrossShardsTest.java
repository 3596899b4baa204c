package io.sluice.app.clients;

import static io.sluice.app.clients.SdkClients.random;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.TestServer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectAttributesResponse;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ObjectAttributes;

/** A bucket of a snapshot, restored into one that lies in another shard of the metadata. */
class RestoreAcrossShardsTest {
  @RegisterExtension
  static final TestServer SERVER = new TestServer("--gc-interval", "1s", "--gc-grace", "5s");

  private static final String SOURCE = "source";
  private static final int PART = 5 << 20;
  private static final String PARTS = "parts";
  private static final Map<String, byte[]> THEN =
      new TreeMap<>(
          Map.of(
              "inline",
              random(1, 1_000),
              "chunked",
              random(2, 9 << 20),
              PARTS,
              random(3, 2 * PART + 777),
              "empty",
              new byte[0]));

  private static S3Client s3;
  private static AdminRequests admin;
  private static JsonObject moment;
  private static String target;
  private static final Map<String, ResponseBytes<GetObjectResponse>> WAS = new TreeMap<>();

  @BeforeAll
  static void snapshotThenDelete() {
    s3 = SdkClients.sync(SERVER.endpoint());
    admin = new AdminRequests(SERVER.endpoint());
    s3.createBucket(r -> r.bucket(SOURCE));
    THEN.forEach(
        (key, content) -> {
          if (key.equals(PARTS)) {
            SdkClients.putInParts(
                s3,
                SOURCE,
                PARTS,
                content,
                PART,
                r -> r.contentType("image/png").metadata(Map.of("of", "then")));
          } else {
            s3.putObject(
                r ->
                    r.bucket(SOURCE)
                        .key(key)
                        .contentType("image/png")
                        .metadata(Map.of("of", "then")),
                RequestBody.fromBytes(content));
          }
          WAS.put(key, get(SOURCE, key));
        });
    JsonObject snapshot = new JsonObject().put("name", "then");
    Awaitility.await("the newest format")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> admin.exchange("POST", "/snapshots", snapshot).statusCode() == 201);
    THEN.keySet().forEach(key -> s3.deleteObject(r -> r.bucket(SOURCE).key(key)));
    findOtherShard();
  }

  /** Of four buckets in turn one lies elsewhere. */
  private static void findOtherShard() {
    for (int i = 0; target == null; i++) {
      String name = "target-" + i;
      s3.createBucket(r -> r.bucket(name));
      JsonObject asked =
          new JsonObject()
              .put("bucket", SOURCE)
              .put("snapshot", "then")
              .put("toBucket", name)
              .put("hold", true);
      moment = new JsonObject(admin.send("POST", "/moments", asked));
      if (!moment.getInteger("begunShard").equals(moment.getInteger("shard"))) {
        target = name;
      } else {
        admin.send("POST", "/moments/end", new JsonObject().put("moment", moment));
      }
    }
  }

  @AfterAll
  static void close() {
    s3.close();
  }

  private static ResponseBytes<GetObjectResponse> get(String bucket, String key) {
    return s3.getObjectAsBytes(r -> r.bucket(bucket).key(key).checksumMode(ChecksumMode.ENABLED));
  }

  private static JsonObject restore() {
    JsonObject page = new JsonObject();
    JsonObject body = new JsonObject().put("moment", moment).put("toBucket", target);
    long restored = 0;
    do {
      page = new JsonObject(admin.send("POST", "/moments/restore", body));
      restored += page.getLong("restored");
      body.put("after", page.getString("next"));
    } while (page.containsKey("next"));
    return page.put("restored", restored);
  }

  @Test
  void restore_everyKindOfObject_isByteEqual_withAllThatAClientSeesOfIt() {
    assertThat(restore().getLong("restored")).isEqualTo(THEN.size());
    THEN.forEach(
        (key, content) -> {
          ResponseBytes<GetObjectResponse> is = get(target, key);
          GetObjectResponse was = WAS.get(key).response();
          assertThat(is.asByteArray()).as(key).isEqualTo(content);
          assertThat(is.response())
              .as(key)
              .usingRecursiveComparison()
              .comparingOnlyFields(
                  "lastModified",
                  "contentLength",
                  "eTag",
                  "contentType",
                  "metadata",
                  "storageClass",
                  "checksumCRC32",
                  "checksumCRC32C",
                  "checksumCRC64NVME",
                  "checksumType")
              .isEqualTo(was);
        });
    GetObjectResponse third =
        s3.getObjectAsBytes(r -> r.bucket(target).key(PARTS).partNumber(3)).response();
    assertThat(third.contentLength()).isEqualTo(777);
    GetObjectAttributesResponse attributes =
        s3.getObjectAttributes(
            r -> r.bucket(target).key(PARTS).objectAttributes(ObjectAttributes.OBJECT_PARTS));
    assertThat(attributes.objectParts().totalPartsCount()).isEqualTo(3);
    assertThat(s3.listMultipartUploads(r -> r.bucket(target)).uploads()).isEmpty();
    assertThat(restore().getLong("restored")).as("a second time").isZero();
  }
}
