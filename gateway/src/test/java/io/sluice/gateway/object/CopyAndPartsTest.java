package io.sluice.gateway.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.auth.OwnerAuthorizer;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import io.sluice.s3.checksum.ETags;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.Query;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CopyObject, UploadPart, UploadPartCopy, and reading what they made. */
class CopyAndPartsTest extends ObjectTest {
  private static final int PART = 5 << 20;
  private static final byte[] SOURCE = random(7_000_000, 1);
  private static String elsewhere;

  @BeforeAll
  static void sources() {
    root.request("PUT", "/bucket/source")
        .header("Content-Type", "text/x-source")
        .header("x-amz-meta-kind", "source")
        .body(SOURCE)
        .send();
    put("/bucket/small", random(100, 2));
    elsewhere = bucketInAnotherShard();
  }

  private static String bucketInAnotherShard() {
    for (int i = 0; i < 50; i++) {
      String name = "other-" + i;
      root.put("/" + name);
      if (shardOf(name) != shardOf("bucket")) {
        return name;
      }
    }
    throw new AssertionError("all buckets are in one shard");
  }

  private static int shardOf(String bucket) {
    return gateway
        .metadata
        .query(
            0,
            Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(bucket)).build(),
            Duration.ofSeconds(1))
        .await()
        .atMost(Duration.ofSeconds(5))
        .getBucket()
        .getShard();
  }

  private static Answer copy(String from, String to, String... headers) {
    var request = root.request("PUT", to).header("x-amz-copy-source", from);
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return request.send();
  }

  @Test
  void copyObject_sourceOfAnotherOwnerThanExpected_isAccessDenied() {
    String owner = OwnerAuthorizer.accountNumber(TestGateway.ROOT_ID);
    assertThat(
            copy("bucket/small", "/bucket/mine", "x-amz-source-expected-bucket-owner", owner)
                .status())
        .isEqualTo(200);
    assertError(
        copy("bucket/small", "/bucket/d", "x-amz-source-expected-bucket-owner", "123456789012"),
        403,
        "AccessDenied");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void copyObject_insideAndBetweenShards_sameBytesAndMetadata(boolean between) {
    String to = (between ? "/" + elsewhere : "/bucket") + "/copy";
    int before = plane.replica.records().size();
    Answer copied = copy("/bucket/source", to);
    assertThat(copied.status()).as(copied.body()).isEqualTo(200);
    assertThat(copied.xml("ETag")).contains(ETags.md5(ETags.newMd5().digest(SOURCE)));
    assertThat(copied.xml("LastModified")).isNotNull();
    Answer get = root.get(to);
    assertThat(get.content().getBytes()).isEqualTo(SOURCE);
    assertThat(get.header("Content-Type")).isEqualTo("text/x-source");
    assertThat(get.header("x-amz-meta-kind")).isEqualTo("source");
    assertThat(plane.replica.records().size() > before).isEqualTo(between);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void copyObject_replaceMetadata_hasTheNew(boolean between) {
    String to = (between ? "/" + elsewhere : "/bucket") + "/replaced";
    Answer copied =
        copy(
            "bucket/small",
            to,
            "x-amz-metadata-directive",
            "REPLACE",
            "Content-Type",
            "text/new",
            "x-amz-meta-new",
            "1");
    assertThat(copied.status()).as(copied.body()).isEqualTo(200);
    Answer head = root.request("HEAD", to).send();
    assertThat(head.header("Content-Type")).isEqualTo("text/new");
    assertThat(head.header("x-amz-meta-new")).isEqualTo("1");
    assertThat(root.get(to).content().getBytes()).isEqualTo(random(100, 2));
  }

  /** With it the copy would pass for a replica in the other bucket, too, and be sent nowhere. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void copyObject_ofAReplica_isNone(boolean between) {
    root.request("PUT", "/bucket/replica")
        .header("Content-Type", "text/x-source")
        .header("x-amz-meta-kind", "source")
        .header("x-amz-meta-sluice-origin", "c/1/1.1/100/0123456789abcdef")
        .body(random(100, 2))
        .send();
    String to = (between ? "/" + elsewhere : "/bucket") + "/of-a-replica";
    assertThat(copy("bucket/replica", to).status()).isEqualTo(200);
    Answer head = root.request("HEAD", to).send();
    assertThat(head.header("x-amz-meta-sluice-origin")).isNull();
    assertThat(head.header("x-amz-meta-kind")).isEqualTo("source");
    assertThat(head.header("Content-Type")).isEqualTo("text/x-source");

    String again = to + "-again";
    Answer replaced =
        copy(
            "bucket/replica",
            again,
            "x-amz-metadata-directive",
            "REPLACE",
            "x-amz-meta-sluice-origin",
            "c/1/1.1/100/0123456789abcdef",
            "x-amz-meta-kind",
            "changed");
    assertThat(replaced.status()).as(replaced.body()).isEqualTo(200);
    head = root.request("HEAD", again).send();
    assertThat(head.header("x-amz-meta-sluice-origin")).isNull();
    assertThat(head.header("x-amz-meta-kind")).isEqualTo("changed");
  }

  @Test
  void copyObject_otherChecksum_isComputed() {
    Answer copied = copy("bucket/small", "/bucket/sha", "x-amz-checksum-algorithm", "SHA256");
    assertThat(copied.xml("ChecksumSHA256")).isNotNull();
    Answer head =
        root.request("HEAD", "/bucket/sha").header("x-amz-checksum-mode", "ENABLED").send();
    assertThat(head.header("x-amz-checksum-sha256")).isEqualTo(copied.xml("ChecksumSHA256"));
  }

  @Test
  void copyObject_sourceConditions_failWith412() {
    assertError(
        copy("bucket/small", "/bucket/c", "x-amz-copy-source-if-match", "\"no\""),
        412,
        "PreconditionFailed");
    String etag = root.request("HEAD", "/bucket/small").send().header("ETag");
    assertError(
        copy("bucket/small", "/bucket/c", "x-amz-copy-source-if-none-match", etag),
        412,
        "PreconditionFailed");
  }

  @Test
  void copyObject_missingSource_isNoSuchKeyOrBucket() {
    assertError(copy("bucket/none", "/bucket/c"), 404, "NoSuchKey");
    assertError(copy("nowhere/none", "/bucket/c"), 404, "NoSuchBucket");
  }

  @Test
  void copyObject_strangersSource_isAccessDenied() {
    Answer made = gateway.other().put("/private");
    assertThat(made.status()).isEqualTo(200);
    assertError(copy("private/x", "/bucket/c"), 403, "AccessDenied");
  }

  @Test
  void multipart_partsAndCopies_readAsOne() {
    String key = "/bucket/parts";
    String id = root.request("POST", key, "uploads=").send().xml("UploadId");
    byte[] first = random(PART + 1, 7);
    byte[] last = random(10, 8);
    String etag1 =
        root.request("PUT", key, "partNumber=1&uploadId=" + id).body(first).send().header("ETag");
    Answer copied =
        root.request("PUT", key, "partNumber=2&uploadId=" + id)
            .header("x-amz-copy-source", "/bucket/source")
            .header("x-amz-copy-source-range", "bytes=1000-" + (1000 + PART - 1))
            .send();
    assertThat(copied.status()).as(copied.body()).isEqualTo(200);
    String etag3 =
        root.request("PUT", key, "partNumber=3&uploadId=" + id).body(last).send().header("ETag");
    byte[] middle = Arrays.copyOfRange(SOURCE, 1000, 1000 + PART);
    String document =
        "<CompleteMultipartUpload>"
            + part(1, etag1)
            + part(2, '"' + ETags.md5(ETags.newMd5().digest(middle)) + '"')
            + part(3, etag3)
            + "</CompleteMultipartUpload>";
    Answer completed = root.request("POST", key, "uploadId=" + id).body(document).send();
    assertThat(completed.status()).as(completed.body()).isEqualTo(200);

    byte[] all = concat(first, middle, last);
    Answer get = root.get(key);
    assertThat(get.content().getBytes()).isEqualTo(all);
    assertThat(get.header("ETag")).endsWith("-3\"");
    Answer range =
        root.request("GET", key)
            .header("Range", "bytes=" + (PART - 5) + "-" + (all.length - 3))
            .send();
    assertThat(range.content().getBytes())
        .isEqualTo(Arrays.copyOfRange(all, PART - 5, all.length - 2));
    Answer three = root.get(key, "partNumber=3");
    assertThat(three.status()).isEqualTo(206);
    assertThat(three.content().getBytes()).isEqualTo(last);
    assertThat(three.header("x-amz-mp-parts-count")).isEqualTo("3");
    assertError(root.get(key, "partNumber=4"), 416, "InvalidPartNumber");
    Answer attributes =
        root.request("GET", key, "attributes=")
            .header("x-amz-object-attributes", "ETag,ObjectParts,ObjectSize,StorageClass")
            .send();
    assertThat(attributes.xml("ObjectSize")).isEqualTo(Integer.toString(all.length));
    assertThat(attributes.xml("PartsCount")).isEqualTo("3");
    assertThat(attributes.xml("StorageClass")).isEqualTo("STANDARD");

    Answer moved = copy("/bucket/parts", "/" + elsewhere + "/parts-copy");
    assertThat(moved.status()).as(moved.body()).isEqualTo(200);
    assertThat(root.get("/" + elsewhere + "/parts-copy").content().getBytes()).isEqualTo(all);
  }

  @Test
  void uploadPart_unknownUpload_isNoSuchUpload() {
    assertError(
        root.request("PUT", "/bucket/x", "partNumber=1&uploadId=nope").body("x").send(),
        404,
        "NoSuchUpload");
  }

  @Test
  void uploadPart_otherChecksumThanTheUpload_isInvalidRequest() {
    String id =
        root.request("POST", "/bucket/sums", "uploads=")
            .header("x-amz-checksum-algorithm", "SHA1")
            .send()
            .xml("UploadId");
    assertError(
        root.request("PUT", "/bucket/sums", "partNumber=1&uploadId=" + id)
            .header("x-amz-checksum-crc32c", "4waSgw==")
            .body("123456789")
            .send(),
        400,
        "InvalidRequest");
    Answer part =
        root.request("PUT", "/bucket/sums", "partNumber=1&uploadId=" + id).body("x").send();
    assertThat(part.header("x-amz-checksum-sha1")).isNotNull();
  }

  private static String part(int number, String etag) {
    return "<Part><PartNumber>" + number + "</PartNumber><ETag>" + etag + "</ETag></Part>";
  }

  private static byte[] concat(byte[]... parts) {
    byte[] all = new byte[List.of(parts).stream().mapToInt(p -> p.length).sum()];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
