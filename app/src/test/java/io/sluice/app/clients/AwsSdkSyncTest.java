package io.sluice.app.clients;

import static io.sluice.app.clients.SdkClients.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.app.TestServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** The synchronous client of the AWS SDK for Java v2. */
class AwsSdkSyncTest {
  @RegisterExtension static final TestServer SERVER = new TestServer();

  private static final String BUCKET = "sync-bucket";
  private static S3Client s3;

  @BeforeAll
  static void connect() {
    s3 = SdkClients.sync(SERVER.endpoint());
    s3.createBucket(r -> r.bucket(BUCKET));
  }

  @AfterAll
  static void close() {
    s3.close();
  }

  @Test
  void putAndGet_everySizeAroundTheLimits_comesBackByteForByte() {
    int[] sizes = {0, 1, 4096, 16 << 10, (16 << 10) + 1, 256 << 10, (4 << 20) + 7, 9 << 20};
    for (int size : sizes) {
      byte[] content = random(size, size);
      PutObjectResponse put =
          s3.putObject(r -> r.bucket(BUCKET).key("size/" + size), RequestBody.fromBytes(content));
      var got = s3.getObjectAsBytes(r -> r.bucket(BUCKET).key("size/" + size));
      assertThat(got.asByteArrayUnsafe()).isEqualTo(content);
      assertThat(got.response().eTag()).isEqualTo(put.eTag());
      assertThat(put.checksumCRC32()).isNotNull();
    }
  }

  @Test
  void putObject_eachChecksumAlgorithm_isVerifiedStoredAndReturned() {
    for (ChecksumAlgorithm algorithm :
        List.of(
            ChecksumAlgorithm.CRC32,
            ChecksumAlgorithm.CRC32_C,
            ChecksumAlgorithm.CRC64_NVME,
            ChecksumAlgorithm.SHA1,
            ChecksumAlgorithm.SHA256)) {
      byte[] content = random(7, 100_000);
      String key = "checksum/" + algorithm;
      s3.putObject(
          r -> r.bucket(BUCKET).key(key).checksumAlgorithm(algorithm),
          RequestBody.fromInputStream(new ByteArrayInputStream(content), content.length));
      GetObjectResponse got =
          s3.getObjectAsBytes(r -> r.bucket(BUCKET).key(key).checksumMode(ChecksumMode.ENABLED))
              .response();
      List<String> values = new ArrayList<>();
      for (String value :
          new String[] {
            got.checksumCRC32(),
            got.checksumCRC32C(),
            got.checksumCRC64NVME(),
            got.checksumSHA1(),
            got.checksumSHA256()
          }) {
        if (value != null) {
          values.add(value);
        }
      }
      assertThat(values).as("checksums of %s", algorithm).hasSize(1);
    }
  }

  @Test
  void getObject_range_isThatPart() {
    byte[] content = random(3, 6 << 20);
    s3.putObject(r -> r.bucket(BUCKET).key("range"), RequestBody.fromBytes(content));
    for (int[] range : new int[][] {{0, 0}, {262_143, 262_145}, {4_194_300, 4_194_400}}) {
      byte[] got =
          s3.getObjectAsBytes(
                  r -> r.bucket(BUCKET).key("range").range("bytes=" + range[0] + "-" + range[1]))
              .asByteArrayUnsafe();
      assertThat(got).isEqualTo(java.util.Arrays.copyOfRange(content, range[0], range[1] + 1));
    }
    assertThatThrownBy(
            () -> s3.getObjectAsBytes(r -> r.bucket(BUCKET).key("range").range("bytes=99999999-")))
        .isInstanceOfSatisfying(S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(416));
  }

  @Test
  void headObject_metadataAndHeaders_areKept() {
    s3.putObject(
        r ->
            r.bucket(BUCKET)
                .key("meta")
                .contentType("text/plain; charset=utf-8")
                .cacheControl("max-age=60")
                .contentDisposition("attachment; filename=\"a.txt\"")
                .metadata(Map.of("color", "blue", "Mixed-Case", "Value")),
        RequestBody.fromString("hello"));
    HeadObjectResponse head = s3.headObject(r -> r.bucket(BUCKET).key("meta"));
    assertThat(head.contentLength()).isEqualTo(5);
    assertThat(head.contentType()).isEqualTo("text/plain; charset=utf-8");
    assertThat(head.cacheControl()).isEqualTo("max-age=60");
    assertThat(head.metadata()).containsEntry("color", "blue").containsEntry("mixed-case", "Value");
  }

  @Test
  void putObject_conditions_areDecided() {
    s3.putObject(r -> r.bucket(BUCKET).key("once").ifNoneMatch("*"), RequestBody.fromString("1"));
    assertThatThrownBy(
            () ->
                s3.putObject(
                    r -> r.bucket(BUCKET).key("once").ifNoneMatch("*"),
                    RequestBody.fromString("2")))
        .isInstanceOfSatisfying(S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
    String etag = s3.headObject(r -> r.bucket(BUCKET).key("once")).eTag();
    s3.putObject(r -> r.bucket(BUCKET).key("once").ifMatch(etag), RequestBody.fromString("3"));
    assertThatThrownBy(
            () ->
                s3.putObject(
                    r -> r.bucket(BUCKET).key("once").ifMatch(etag), RequestBody.fromString("4")))
        .isInstanceOfSatisfying(S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
    assertThat(s3.getObjectAsBytes(r -> r.bucket(BUCKET).key("once")).asUtf8String())
        .isEqualTo("3");
  }

  @Test
  void multipart_upload_isOneObject() {
    byte[] first = random(11, 5 << 20);
    byte[] last = random(12, 1234);
    String key = "multi part/ü";
    String id = s3.createMultipartUpload(r -> r.bucket(BUCKET).key(key)).uploadId();
    List<CompletedPart> parts = new ArrayList<>();
    for (byte[] part : List.of(first, last)) {
      int number = parts.size() + 1;
      var uploaded =
          s3.uploadPart(
              r -> r.bucket(BUCKET).key(key).uploadId(id).partNumber(number),
              RequestBody.fromBytes(part));
      parts.add(CompletedPart.builder().partNumber(number).eTag(uploaded.eTag()).build());
    }
    assertThat(s3.listParts(r -> r.bucket(BUCKET).key(key).uploadId(id)).parts()).hasSize(2);
    assertThat(s3.listMultipartUploads(r -> r.bucket(BUCKET)).uploads())
        .anyMatch(upload -> upload.key().equals(key));
    var done =
        s3.completeMultipartUpload(
            r -> r.bucket(BUCKET).key(key).uploadId(id).multipartUpload(m -> m.parts(parts)));
    assertThat(done.eTag()).endsWith("-2\"");
    byte[] got = s3.getObjectAsBytes(r -> r.bucket(BUCKET).key(key)).asByteArrayUnsafe();
    assertThat(got).hasSize(first.length + last.length).startsWith(first).endsWith(last);
    byte[] second =
        s3.getObjectAsBytes(r -> r.bucket(BUCKET).key(key).partNumber(2)).asByteArrayUnsafe();
    assertThat(second).isEqualTo(last);
  }

  @Test
  void copyObject_replacingMetadata_keepsTheBytes() {
    byte[] content = random(21, 5_000_000);
    s3.putObject(
        r -> r.bucket(BUCKET).key("source").metadata(Map.of("a", "1")),
        RequestBody.fromBytes(content));
    s3.copyObject(
        r ->
            r.sourceBucket(BUCKET)
                .sourceKey("source")
                .destinationBucket(BUCKET)
                .destinationKey("kept"));
    s3.copyObject(
        r ->
            r.sourceBucket(BUCKET)
                .sourceKey("source")
                .destinationBucket(BUCKET)
                .destinationKey("replaced")
                .metadataDirective(MetadataDirective.REPLACE)
                .metadata(Map.of("b", "2")));
    s3.deleteObject(r -> r.bucket(BUCKET).key("source"));
    assertThat(s3.headObject(r -> r.bucket(BUCKET).key("kept")).metadata()).containsKey("a");
    assertThat(s3.headObject(r -> r.bucket(BUCKET).key("replaced")).metadata())
        .containsOnlyKeys("b");
    assertThat(s3.getObjectAsBytes(r -> r.bucket(BUCKET).key("replaced")).asByteArrayUnsafe())
        .isEqualTo(content);
  }

  @Test
  void listObjectsV2_pagesAndPrefixes_coverEverythingOnce() {
    for (int i = 0; i < 25; i++) {
      String key = "list/" + (i % 5) + "/" + i;
      s3.putObject(r -> r.bucket(BUCKET).key(key), RequestBody.fromString("x"));
    }
    List<String> keys =
        s3
            .listObjectsV2Paginator(r -> r.bucket(BUCKET).prefix("list/").maxKeys(4))
            .contents()
            .stream()
            .map(S3Object::key)
            .toList();
    assertThat(keys).hasSize(25).isSorted().doesNotHaveDuplicates();
    ListObjectsV2Response folders =
        s3.listObjectsV2(r -> r.bucket(BUCKET).prefix("list/").delimiter("/"));
    assertThat(folders.commonPrefixes()).hasSize(5);
    assertThat(folders.contents()).isEmpty();
  }

  @Test
  void deleteObjects_manyAtOnce_areGone() {
    List<ObjectIdentifier> keys = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      String key = "gone/" + i;
      s3.putObject(r -> r.bucket(BUCKET).key(key), RequestBody.fromString("x"));
      keys.add(ObjectIdentifier.builder().key(key).build());
    }
    DeleteObjectsResponse deleted =
        s3.deleteObjects(r -> r.bucket(BUCKET).delete(Delete.builder().objects(keys).build()));
    assertThat(deleted.deleted()).hasSize(10);
    assertThat(deleted.errors()).isEmpty();
    assertThatThrownBy(() -> s3.getObjectAsBytes(r -> r.bucket(BUCKET).key("gone/3")))
        .isInstanceOf(NoSuchKeyException.class);
  }

  @Test
  void bucket_lifecycle_isThatOfAws() {
    s3.createBucket(r -> r.bucket("short-lived"));
    assertThat(s3.listBuckets().buckets()).anyMatch(bucket -> bucket.name().equals("short-lived"));
    s3.putObject(r -> r.bucket("short-lived").key("k"), RequestBody.fromString("v"));
    assertThatThrownBy(() -> s3.deleteBucket(r -> r.bucket("short-lived")))
        .isInstanceOfSatisfying(S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(409));
    s3.deleteObject(r -> r.bucket("short-lived").key("k"));
    s3.deleteBucket(r -> r.bucket("short-lived"));
    assertThatThrownBy(() -> s3.listObjectsV2(r -> r.bucket("short-lived")))
        .isInstanceOf(NoSuchBucketException.class);
  }

  @Test
  void presignedUrl_isEnoughToRead() throws IOException {
    s3.putObject(r -> r.bucket(BUCKET).key("signed"), RequestBody.fromString("by url"));
    try (S3Presigner presigner =
        S3Presigner.builder()
            .endpointOverride(SERVER.endpoint())
            .region(software.amazon.awssdk.regions.Region.US_EAST_1)
            .credentialsProvider(SdkClients.credentials())
            .serviceConfiguration(S3Configuration.builder().pathStyleAccessEnabled(true).build())
            .build()) {
      var url =
          presigner
              .presignGetObject(
                  p ->
                      p.signatureDuration(Duration.ofMinutes(1))
                          .getObjectRequest(r -> r.bucket(BUCKET).key("signed")))
              .url();
      HttpURLConnection connection = (HttpURLConnection) url.openConnection();
      try (var in = connection.getInputStream()) {
        assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("by url");
      }
    }
  }
}
