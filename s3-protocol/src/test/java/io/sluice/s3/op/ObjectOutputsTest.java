package io.sluice.s3.op;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumType;
import io.sluice.s3.checksum.ChecksumValue;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ObjectOutputsTest {
  private static final Instant TIME = Instant.parse("2026-11-01T10:00:00Z");
  private static final ObjectChecksum CHECKSUM =
      new ObjectChecksum(ChecksumAlgorithm.CRC32C, "AAAAAA==", ChecksumType.FULL_OBJECT);
  private static final ObjectDescription OBJECT =
      new ObjectDescription(
          "e",
          TIME,
          new ObjectMetadata(Map.of("Content-Type", "text/plain"), Map.of("colour", "grün")),
          "STANDARD",
          CHECKSUM,
          null,
          null,
          null);

  @Test
  void getObject_whole_hasTheStoredHeaders() {
    S3Response response = new GetObjectOutput(OBJECT, ResponseOverrides.NONE, 5, null).encode();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.headers())
        .containsEntry("ETag", "\"e\"")
        .containsEntry("Last-Modified", "Sun, 01 Nov 2026 10:00:00 GMT")
        .containsEntry("Content-Type", "text/plain")
        .containsEntry("Content-Length", "5")
        .containsEntry("x-amz-meta-colour", "=?UTF-8?B?Z3LDvG4=?=")
        .containsEntry("x-amz-checksum-crc32c", "AAAAAA==")
        .containsEntry("x-amz-checksum-type", "FULL_OBJECT")
        .doesNotContainKeys("x-amz-storage-class", "x-amz-version-id", "Content-Range");
    assertThat(response.body().remaining()).isZero();
  }

  @Test
  void getObject_rangeWithOverrides_is206WithTheOverrides() {
    ResponseOverrides overrides = new ResponseOverrides(Map.of("Content-Type", "text/html"));
    S3Response response = new GetObjectOutput(OBJECT, overrides, 2, "bytes 0-1/5").encode();
    assertThat(response.status()).isEqualTo(206);
    assertThat(response.headers())
        .containsEntry("Content-Type", "text/html")
        .containsEntry("Content-Range", "bytes 0-1/5");
  }

  @Test
  void headObject_part_tellsHowManyThereAre() {
    ObjectDescription part =
        new ObjectDescription(
            "e-3",
            TIME,
            OBJECT.metadata(),
            "REDUCED_REDUNDANCY",
            null,
            "v1",
            3,
            ReplicationStatus.PENDING);
    assertThat(new HeadObjectOutput(part, ResponseOverrides.NONE, 2, null).encode().headers())
        .containsEntry("x-amz-mp-parts-count", "3")
        .containsEntry("x-amz-version-id", "v1")
        .containsEntry("x-amz-replication-status", "PENDING")
        .containsEntry("x-amz-storage-class", "REDUCED_REDUNDANCY");
  }

  @Test
  void putObject_stored_tellsEtagAndChecksum() {
    assertThat(new PutObjectOutput("e", CHECKSUM, null).encode().headers())
        .isEqualTo(
            Map.of(
                "ETag", "\"e\"",
                "x-amz-checksum-crc32c", "AAAAAA==",
                "x-amz-checksum-type", "FULL_OBJECT"));
  }

  @Test
  void notModified_hasNoBody() {
    S3Response response = new NotModifiedOutput("e", TIME).encode();
    assertThat(response.status()).isEqualTo(304);
    assertThat(response.body().remaining()).isZero();
  }

  @Test
  void deleteObject_marker_isTold() {
    S3Response response = new DeleteObjectOutput(true, "m").encode();
    assertThat(response.status()).isEqualTo(204);
    assertThat(response.headers())
        .isEqualTo(Map.of("x-amz-delete-marker", "true", "x-amz-version-id", "m"));
  }

  @Test
  void copyObject_result_isEncoded() {
    assertThat(Encoded.body(new CopyObjectOutput("e", TIME, CHECKSUM, null, null).encode()))
        .endsWith(
            "<LastModified>2026-11-01T10:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>"
                + "<ChecksumCRC32C>AAAAAA==</ChecksumCRC32C><ChecksumType>FULL_OBJECT</ChecksumType>"
                + "</CopyObjectResult>");
  }

  @Test
  void getObjectAttributes_onlyWhatWasAskedFor_isEncoded() {
    GetObjectAttributesOutput.Parts parts =
        new GetObjectAttributesOutput.Parts(
            9,
            0,
            1,
            true,
            List.of(
                new GetObjectAttributesOutput.Part(
                    1, 5, ChecksumValue.ofCrc(ChecksumAlgorithm.CRC32C, 0))));
    GetObjectAttributesOutput output =
        new GetObjectAttributesOutput(TIME, null, "e-9", null, parts, null, 45L);
    assertThat(Encoded.body(output.encode()))
        .endsWith(
            "<ETag>e-9</ETag><ObjectParts><PartsCount>9</PartsCount>"
                + "<PartNumberMarker>0</PartNumberMarker>"
                + "<NextPartNumberMarker>1</NextPartNumberMarker><MaxParts>1</MaxParts>"
                + "<IsTruncated>true</IsTruncated><Part><PartNumber>1</PartNumber><Size>5</Size>"
                + "<ChecksumCRC32C>AAAAAA==</ChecksumCRC32C></Part></ObjectParts>"
                + "<ObjectSize>45</ObjectSize></GetObjectAttributesResponse>");
  }

  @Test
  void getObjectTagging_tags_areEncoded() {
    assertThat(
            Encoded.body(new GetObjectTaggingOutput(null, Map.of("colour", "red&blue")).encode()))
        .endsWith(
            "<TagSet><Tag><Key>colour</Key><Value>red&amp;blue</Value></Tag></TagSet></Tagging>");
  }

  @Test
  void buckets_areEncoded() {
    ListBucketsOutput output =
        new ListBucketsOutput(
            new Owner("id1", "root"),
            List.of(new ListBucketsOutput.Bucket("b", TIME, "us-east-1")),
            "",
            "b");
    assertThat(Encoded.body(output.encode()))
        .contains("<Buckets><Bucket><Name>b</Name><CreationDate>2026-11-01T10:00:00.000Z")
        .endsWith("<ContinuationToken>1Yg</ContinuationToken></ListAllMyBucketsResult>");
    assertThat(Encoded.body(new GetBucketLocationOutput("us-east-1").encode()))
        .endsWith("/\"></LocationConstraint>");
    assertThat(Encoded.body(new GetBucketLocationOutput("eu-west-1").encode()))
        .endsWith("/\">eu-west-1</LocationConstraint>");
    assertThat(new HeadBucketOutput("us-east-1").encode().headers())
        .containsEntry("x-amz-bucket-region", "us-east-1");
    assertThat(new CreateBucketOutput("b").encode().headers()).containsEntry("Location", "/b");
    assertThat(new DeleteBucketOutput().encode().status()).isEqualTo(204);
    assertThat(UTF_8.decode(new DeleteBucketOutput().encode().body()).toString()).isEmpty();
  }
}
