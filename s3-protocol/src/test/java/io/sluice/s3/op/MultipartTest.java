package io.sluice.s3.op;

import static io.sluice.s3.S3Errors.codeOf;
import static io.sluice.s3.SentRequest.delete;
import static io.sluice.s3.SentRequest.get;
import static io.sluice.s3.SentRequest.post;
import static io.sluice.s3.SentRequest.put;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.SentRequest;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumType;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.s3.checksum.UploadChecksum;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartTest {
  private static final Instant TIME = Instant.parse("2026-11-21T10:00:00Z");
  private static final UploadChecksum CRC32_OF_PARTS =
      new UploadChecksum(ChecksumAlgorithm.CRC32, ChecksumType.COMPOSITE);
  private static final Owner OWNER = new Owner("id1", "root");

  private static CreateMultipartUploadInput create(SentRequest request) {
    return CreateMultipartUploadInput.decode(request.routed(), request);
  }

  private static CompleteMultipartUploadInput complete(SentRequest request, String body) {
    return CompleteMultipartUploadInput.decode(request.routed(), request, body.getBytes(UTF_8));
  }

  private static CompleteMultipartUploadInput complete(String parts) {
    return complete(
        post("/b/k?uploadId=u"),
        "<CompleteMultipartUpload>" + parts + "</CompleteMultipartUpload>");
  }

  private static String part(int number) {
    return "<Part><ETag>&quot;e&quot;</ETag><PartNumber>" + number + "</PartNumber></Part>";
  }

  @Test
  void create_checksumAlgorithm_hasADefaultType() {
    CreateMultipartUploadInput input =
        create(post("/b/k?uploads").with("x-amz-checksum-algorithm", "CRC32"));
    assertThat(input.checksum()).isEqualTo(CRC32_OF_PARTS);
    assertThat(create(post("/b/k?uploads")).checksum()).isNull();
  }

  @ParameterizedTest
  @CsvSource({"SHA256, FULL_OBJECT", "CRC64NVME, COMPOSITE", "CRC32, HALF", ", FULL_OBJECT"})
  void create_unfitChecksumType_isInvalidRequest(String algorithm, String type) {
    SentRequest request = post("/b/k?uploads").with("x-amz-checksum-type", type);
    if (algorithm != null) {
      request.with("x-amz-checksum-algorithm", algorithm);
    }
    assertThat(codeOf(() -> create(request))).isEqualTo(S3ErrorCode.INVALID_REQUEST);
  }

  @Test
  void create_output_tellsTheUpload() {
    CreateMultipartUploadOutput output =
        new CreateMultipartUploadOutput("b", "a&b", "u1", CRC32_OF_PARTS);
    assertThat(output.encode().headers())
        .containsEntry("x-amz-checksum-algorithm", "CRC32")
        .containsEntry("x-amz-checksum-type", "COMPOSITE");
    assertThat(Encoded.body(output.encode()))
        .endsWith(
            "<Bucket>b</Bucket><Key>a&amp;b</Key><UploadId>u1</UploadId>"
                + "</InitiateMultipartUploadResult>");
  }

  @Test
  void uploadPart_numberAndUpload_areRead() {
    SentRequest request = put("/b/k?partNumber=10000&uploadId=u%2B1");
    UploadPartInput input = UploadPartInput.decode(request.routed(), request);
    assertThat(input.partNumber()).isEqualTo(10_000);
    assertThat(input.uploadId()).isEqualTo("u+1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "10001", "-1", "x", "", "99999999999"})
  void uploadPart_numberOutOfRange_isInvalidArgument(String number) {
    SentRequest request = put("/b/k?uploadId=u&partNumber=" + number);
    assertThat(codeOf(() -> UploadPartInput.decode(request.routed(), request)))
        .isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
  }

  @Test
  void uploadPart_emptyUploadId_isNoSuchUpload() {
    SentRequest request = put("/b/k?uploadId=&partNumber=1");
    assertThat(codeOf(() -> UploadPartInput.decode(request.routed(), request)))
        .isEqualTo(S3ErrorCode.NO_SUCH_UPLOAD);
  }

  @Test
  void uploadPartCopy_sourceAndRange_areRead() {
    SentRequest request =
        put("/b/k?uploadId=u&partNumber=1")
            .with("x-amz-copy-source", "a/k")
            .with("x-amz-copy-source-range", "bytes=0-9");
    UploadPartCopyInput input = UploadPartCopyInput.decode(request.routed(), request);
    assertThat(input.source()).isEqualTo(new CopySource("a", "k", null));
    assertThat(input.sourceRange()).isEqualTo("bytes=0-9");
  }

  @Test
  void complete_everything_isRead() {
    CompleteMultipartUploadInput input =
        complete(
            post("/b/k?uploadId=u")
                .with("x-amz-checksum-crc32", "AAAAAA==-2")
                .with("x-amz-checksum-type", "COMPOSITE")
                .with("x-amz-mp-object-size", "10"),
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + "<Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag>"
                + "<ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part>"
                + "<Part><ETag>&quot;b&quot;</ETag><PartNumber>3</PartNumber></Part>"
                + "</CompleteMultipartUpload>");
    assertThat(input.parts()).extracting(CompletedPart::number).containsExactly(1, 3);
    assertThat(input.parts()).extracting(CompletedPart::etag).containsExactly("a", "b");
    assertThat(input.parts().get(0).checksums()).containsOnlyKeys(ChecksumAlgorithm.CRC32);
    assertThat(input.checksum())
        .isEqualTo(
            new CompleteMultipartUploadInput.ExpectedChecksum(
                ChecksumAlgorithm.CRC32, "AAAAAA==-2"));
    assertThat(input.checksumType()).isEqualTo(ChecksumType.COMPOSITE);
    assertThat(input.objectSize()).isEqualTo(10);
  }

  @Test
  void complete_partsNotAscending_isInvalidPartOrder() {
    assertThat(codeOf(() -> complete(part(2) + part(1)))).isEqualTo(S3ErrorCode.INVALID_PART_ORDER);
    assertThat(codeOf(() -> complete(part(2) + part(2)))).isEqualTo(S3ErrorCode.INVALID_PART_ORDER);
  }

  @ParameterizedTest
  @CsvSource({
    "'', MALFORMED_XML",
    "<Part/>, MALFORMED_XML",
    "<Part><PartNumber>1</PartNumber></Part>, MALFORMED_XML",
    "<Part><PartNumber>x</PartNumber><ETag>e</ETag></Part>, MALFORMED_XML",
    "<Other/>, MALFORMED_XML",
    "<Part><PartNumber>0</PartNumber><ETag>e</ETag></Part>, INVALID_ARGUMENT",
    "<Part><PartNumber>99999999999999999999</PartNumber><ETag>e</ETag></Part>, INVALID_ARGUMENT",
    "<Part><PartNumber>1</PartNumber><ETag>e</ETag><ChecksumSHA1>x</ChecksumSHA1></Part>,"
        + " INVALID_REQUEST",
  })
  void complete_unfitParts_areRefused(String parts, S3ErrorCode code) {
    assertThat(codeOf(() -> complete(parts))).isEqualTo(code);
  }

  @Test
  void complete_10000Parts_areTheMost() {
    StringBuilder parts = new StringBuilder();
    for (int number = 1; number <= 10_000; number++) {
      parts.append(part(number));
    }
    assertThat(complete(parts.toString()).parts()).hasSize(10_000);
    assertThat(codeOf(() -> complete(parts + part(10_001)))).isEqualTo(S3ErrorCode.MALFORMED_XML);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "x"})
  void complete_unfitObjectSize_isInvalidRequest(String size) {
    SentRequest request = post("/b/k?uploadId=u").with("x-amz-mp-object-size", size);
    String body = "<CompleteMultipartUpload>" + part(1) + "</CompleteMultipartUpload>";
    assertThat(codeOf(() -> complete(request, body))).isEqualTo(S3ErrorCode.INVALID_REQUEST);
  }

  @Property(tries = 300)
  void complete_truncatedDocument_isMalformedXml(@ForAll @IntRange(max = 100_000) int cut) {
    byte[] whole =
        ("<CompleteMultipartUpload>" + part(1) + part(2) + "</CompleteMultipartUpload>")
            .getBytes(UTF_8);
    SentRequest request = post("/b/k?uploadId=u");
    byte[] body = Arrays.copyOf(whole, cut % whole.length);
    assertThat(codeOf(() -> CompleteMultipartUploadInput.decode(request.routed(), request, body)))
        .isEqualTo(S3ErrorCode.MALFORMED_XML);
  }

  @Property(tries = 300)
  void complete_oneByteChanged_isReadOrAnS3Error(
      @ForAll @IntRange(max = 100_000) int at, @ForAll byte value) {
    byte[] body =
        ("<CompleteMultipartUpload>" + part(1) + part(2) + "</CompleteMultipartUpload>")
            .getBytes(UTF_8);
    body[at % body.length] = value;
    SentRequest request = post("/b/k?uploadId=u");
    try {
      CompleteMultipartUploadInput.decode(request.routed(), request, body);
    } catch (S3Exception e) {
      assertThat(e.code().status()).isEqualTo(400);
    }
  }

  @Test
  void complete_output_tellsTheObject() {
    CompleteMultipartUploadOutput output =
        new CompleteMultipartUploadOutput(
            "http://h/b/k",
            "b",
            "k",
            "e-2",
            new ObjectChecksum(ChecksumAlgorithm.CRC32, "AAAAAA==-2", ChecksumType.COMPOSITE),
            null);
    assertThat(Encoded.body(output.encode()))
        .endsWith(
            "<Location>http://h/b/k</Location><Bucket>b</Bucket><Key>k</Key>"
                + "<ETag>&quot;e-2&quot;</ETag><ChecksumCRC32>AAAAAA==-2</ChecksumCRC32>"
                + "<ChecksumType>COMPOSITE</ChecksumType></CompleteMultipartUploadResult>");
  }

  @Test
  void abort_upload_isRead() {
    SentRequest request = delete("/b/k?uploadId=u");
    assertThat(AbortMultipartUploadInput.decode(request.routed(), request).uploadId())
        .isEqualTo("u");
    assertThat(new AbortMultipartUploadOutput().encode().status()).isEqualTo(204);
  }

  @Test
  void listParts_page_isEncoded() {
    SentRequest request = get("/b/k?uploadId=u&max-parts=1&part-number-marker=4");
    ListPartsInput input = ListPartsInput.decode(request.routed(), request);
    assertThat(input).isEqualTo(new ListPartsInput("b", "k", "u", 4, 1, false));
    ListPartsOutput.Part part =
        new ListPartsOutput.Part(5, TIME, "e", 9, ChecksumValue.ofCrc(ChecksumAlgorithm.CRC32, 0));
    ListPartsOutput output =
        new ListPartsOutput(input, OWNER, "STANDARD", CRC32_OF_PARTS, List.of(part), true);
    assertThat(Encoded.body(output.encode()))
        .contains("<NextPartNumberMarker>5</NextPartNumberMarker>")
        .contains("<IsTruncated>true</IsTruncated>")
        .contains("<Size>9</Size><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part>");
  }

  @Test
  void listMultipartUploads_page_isEncoded() {
    SentRequest request =
        get("/b?uploads&upload-id-marker=u&delimiter=/&encoding-type=url&max-uploads=2");
    ListMultipartUploadsInput input = ListMultipartUploadsInput.decode(request.routed(), request);
    assertThat(input).isEqualTo(new ListMultipartUploadsInput("b", "", "/", "", "", 2, true));
    ListMultipartUploadsOutput output =
        new ListMultipartUploadsOutput(
            input,
            List.of(
                new ListMultipartUploadsOutput.Upload("a b", "u1", OWNER, "STANDARD", TIME, null)),
            List.of("c d/"),
            new ListMultipartUploadsOutput.Next("c d/", ""));
    assertThat(Encoded.body(output.encode()))
        .contains("<NextKeyMarker>c+d/</NextKeyMarker><NextUploadIdMarker></NextUploadIdMarker>")
        .contains("<Upload><Key>a+b</Key><UploadId>u1</UploadId><Initiator><ID>id1</ID>")
        .contains("<CommonPrefixes><Prefix>c+d/</Prefix></CommonPrefixes>");
  }
}
