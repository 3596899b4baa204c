package io.sluice.app.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Multipart uploads that are put together wrongly; each is still whole and open afterwards. */
class MultipartTest extends HostileTest {
  private static final int PART_BYTES_MIN = 5 << 20;
  private static final byte[] LARGE_PART = bytes(PART_BYTES_MIN);

  private String id = "";

  @BeforeEach
  void createUpload() {
    RawResponse made = SERVER.exchange(S3Request.of("POST", object("k") + "?uploads"));
    assertThat(made.status()).as("%s", made).isEqualTo(200);
    id = String.valueOf(made.xml("UploadId"));
  }

  @AfterEach
  void uploadCanStillBeAborted() {
    S3Request abort = S3Request.of("DELETE", object("k") + "?uploadId=" + id);
    assertThat(SERVER.exchange(abort).status()).isEqualTo(204);
    refused(abort, 404, "NoSuchUpload");
  }

  private String part(Object number) {
    return object("k") + "?partNumber=" + number + "&uploadId=" + id;
  }

  private String upload(int number, byte[] body) {
    S3Request request = S3Request.put(part(number), body).contentSha256(S3Request.UNSIGNED);
    RawResponse response = SERVER.exchange(request);
    assertThat(response.status()).as("%s", response).isEqualTo(200);
    return String.valueOf(response.header("ETag"));
  }

  private static String element(int number, String etag) {
    return "<Part><PartNumber>" + number + "</PartNumber><ETag>" + etag + "</ETag></Part>";
  }

  private S3Request complete(String... parts) {
    String document =
        "<CompleteMultipartUpload>" + String.join("", parts) + "</CompleteMultipartUpload>";
    return S3Request.post(object("k") + "?uploadId=" + id, document);
  }

  private void assertParts(int expected) {
    RawResponse parts = SERVER.exchange(S3Request.get(object("k") + "?uploadId=" + id));
    assertThat(all(java.util.regex.Pattern.compile("<PartNumber>(\\d+)<"), parts.text()))
        .hasSize(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "10001", "-1", "abc", "", "1.5", "99999999999", "0x1"})
  void uploadPart_numberOutOfRange_isInvalidArgument(String number) {
    refused(S3Request.put(part(number), bytes(10)), 400, "InvalidArgument");
    assertParts(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"made-up", "", "..%2F..", "%00", "00000000000000000000000000000000"})
  void everyUploadOperation_unknownUpload_isNoSuchUpload(String unknown) {
    String target = object("k") + "?uploadId=" + unknown;
    refused(S3Request.put(target + "&partNumber=1", bytes(10)), 404, "NoSuchUpload");
    refused(S3Request.get(target), 404, "NoSuchUpload");
    refused(S3Request.of("DELETE", target), 404, "NoSuchUpload");
    String document = "<CompleteMultipartUpload>" + element(1, "x") + "</CompleteMultipartUpload>";
    refused(S3Request.post(target, document), 404, "NoSuchUpload");
  }

  @Test
  void uploadPart_uploadOfAnotherKey_isNoSuchUpload() {
    String target = object("other") + "?partNumber=1&uploadId=" + id;
    refused(S3Request.put(target, bytes(10)), 404, "NoSuchUpload");
    assertParts(0);
  }

  @Test
  void completeMultipartUpload_partsOutOfOrder_isInvalidPartOrder() {
    String first = upload(1, bytes(10));
    String second = upload(2, bytes(11));
    refused(complete(element(2, second), element(1, first)), 400, "InvalidPartOrder");
    assertParts(2);
  }

  @Test
  void completeMultipartUpload_partTwice_isInvalidPartOrder() {
    String etag = upload(1, bytes(10));
    refused(complete(element(1, etag), element(1, etag)), 400, "InvalidPartOrder");
    assertParts(1);
  }

  @Test
  void completeMultipartUpload_partTooSmall_isEntityTooSmall() {
    String first = upload(1, bytes(10));
    String second = upload(2, bytes(11));
    RawResponse response =
        refused(complete(element(1, first), element(2, second)), 400, "EntityTooSmall");
    assertThat(response.xml("PartNumber")).isEqualTo("1");
    assertThat(response.xml("ProposedSize")).isEqualTo("10");
    assertThat(response.xml("MinSizeAllowed")).isEqualTo(Integer.toString(PART_BYTES_MIN));
    assertParts(2);
  }

  @Test
  void completeMultipartUpload_middlePartTooSmall_isEntityTooSmall() {
    String first = upload(1, LARGE_PART);
    String second = upload(2, bytes(PART_BYTES_MIN - 1));
    String third = upload(3, bytes(10));
    refused(
        complete(element(1, first), element(2, second), element(3, third)), 400, "EntityTooSmall");
    assertParts(3);
  }

  @Test
  void completeMultipartUpload_unknownPart_isInvalidPart() {
    String etag = upload(1, LARGE_PART);
    refused(complete(element(1, etag), element(2, etag)), 400, "InvalidPart");
    assertParts(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"d41d8cd98f00b204e9800998ecf8427e\"", "x", "", "\"\"", "*"})
  void completeMultipartUpload_otherEtag_isInvalidPart(String etag) {
    upload(1, bytes(10));
    refused(complete(element(1, etag)), 400, "InvalidPart");
    assertParts(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 10_001})
  void completeMultipartUpload_numberOutOfRange_isInvalidArgument(int number) {
    String etag = upload(1, bytes(10));
    refused(complete(element(number, etag)), 400, "InvalidArgument");
    assertParts(1);
  }

  @Test
  void completeMultipartUpload_10001Parts_isRefused() {
    StringBuilder parts = new StringBuilder();
    for (int number = 1; number <= 10_000; number++) {
      parts.append(element(number, "\"d41d8cd98f00b204e9800998ecf8427e\""));
    }
    // 10,000 are well-formed, and unknown; one more is more than a list may have.
    refused(complete(parts.toString()), 400, "InvalidPart");
    String last = element(10_000, "\"d41d8cd98f00b204e9800998ecf8427e\"");
    refused(complete(parts + last), 400, "MalformedXML");
    assertParts(0);
  }

  @Test
  void completeMultipartUpload_nothing_isRefused() {
    upload(1, bytes(10));
    refused(complete(), 400, "MalformedXML");
    assertParts(1);
  }

  @Test
  void completeMultipartUpload_otherObjectSize_isInvalidRequest() {
    String etag = upload(1, bytes(10));
    refused(complete(element(1, etag)).header("x-amz-mp-object-size", "11"), 400, "InvalidRequest");
    assertParts(1);
  }

  @Test
  void completeMultipartUpload_otherChecksum_isRefused() {
    String etag = upload(1, bytes(10));
    S3Request request =
        complete(element(1, etag))
            .header("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")
            .header("x-amz-checksum-type", "FULL_OBJECT");
    refused(request, 400, "BadDigest");
    assertParts(1);
  }

  @Test
  void completeMultipartUpload_conditionFails_isPreconditionFailed() {
    store("k", bytes(7));
    String etag = upload(1, bytes(10));
    refused(complete(element(1, etag)).header("If-None-Match", "*"), 412, "PreconditionFailed");
    assertParts(1);
    assertThat(SERVER.exchange(S3Request.get(object("k"))).body()).hasSize(7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-10", "bytes=5-", "bytes=-5", "bytes=7-3", "0-5", "bytes=10-20"})
  void uploadPartCopy_invalidRange_isInvalidArgument(String range) {
    store("source", bytes(10));
    S3Request request =
        S3Request.of("PUT", part(1))
            .header("x-amz-copy-source", object("source"))
            .header("x-amz-copy-source-range", range);
    refused(request, 400, "InvalidArgument");
    assertParts(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "nokey", "/bucket/", "b%ff/k", "b/k?x=y"})
  void uploadPartCopy_sourceThatIsNone_isInvalidArgument(String source) {
    S3Request request = S3Request.of("PUT", part(1)).header("x-amz-copy-source", source);
    refused(request, 400, "InvalidArgument");
    assertParts(0);
  }

  @Test
  void uploadPartCopy_sourceThatIsNotThere_isNoSuchKey() {
    S3Request request = S3Request.of("PUT", part(1)).header("x-amz-copy-source", object("no-such"));
    refused(request, 404, "NoSuchKey");
    assertParts(0);
  }
}
