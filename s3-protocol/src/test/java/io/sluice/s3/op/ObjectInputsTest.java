package io.sluice.s3.op;

import static io.sluice.s3.S3Errors.codeOf;
import static io.sluice.s3.S3Errors.errorOf;
import static io.sluice.s3.SentRequest.delete;
import static io.sluice.s3.SentRequest.get;
import static io.sluice.s3.SentRequest.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.SentRequest;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.http.WriteCondition;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectInputsTest {
  private static PutObjectInput putObject(SentRequest request) {
    return PutObjectInput.decode(request.routed(), request);
  }

  private static GetObjectInput getObject(SentRequest request) {
    return GetObjectInput.decode(request.routed(), request);
  }

  private static CopyObjectInput copyObject(SentRequest request) {
    return CopyObjectInput.decode(request.routed(), request);
  }

  @Test
  void putObject_headers_becomeMetadata() {
    PutObjectInput input =
        putObject(
            put("/b/k")
                .with("Content-Type", "text/plain")
                .with("content-encoding", "aws-chunked, gzip")
                .with("Cache-Control", "no-cache")
                .with("X-Amz-Meta-Colour", "red")
                .with("x-amz-meta-colour", "blue")
                .with("x-amz-checksum-crc32", "AAAAAA==")
                .with("If-None-Match", "*"));
    assertThat(input.metadata().contentHeaders())
        .containsExactly(
            Map.entry("Cache-Control", "no-cache"),
            Map.entry("Content-Encoding", "gzip"),
            Map.entry("Content-Type", "text/plain"));
    assertThat(input.metadata().userMetadata()).isEqualTo(Map.of("colour", "red,blue"));
    assertThat(input.storageClass()).isEqualTo("STANDARD");
    assertThat(input.checksum()).isNotNull();
    assertThat(input.condition()).isEqualTo(new WriteCondition.IfAbsent());
  }

  @Test
  void putObject_withoutContentType_isBinary() {
    SentRequest request = put("/b/k").with("Content-Encoding", "aws-chunked");
    assertThat(putObject(request).metadata().contentHeaders())
        .isEqualTo(Map.of("Content-Type", "binary/octet-stream"));
  }

  @ParameterizedTest
  @CsvSource({
    "x-amz-server-side-encryption, AES256, NOT_IMPLEMENTED",
    "X-Amz-Server-Side-Encryption-Customer-Key, x, NOT_IMPLEMENTED",
    "x-amz-object-lock-mode, GOVERNANCE, NOT_IMPLEMENTED",
    "x-amz-tagging, a=b, NOT_IMPLEMENTED",
    "x-amz-website-redirect-location, /x, NOT_IMPLEMENTED",
    "x-amz-grant-read, id=x, NOT_IMPLEMENTED",
    "x-amz-write-offset-bytes, 0, NOT_IMPLEMENTED",
    "x-amz-acl, public-read, NOT_IMPLEMENTED",
    "x-amz-acl, nonsense, INVALID_ARGUMENT",
    "x-amz-storage-class, GLACIER, NOT_IMPLEMENTED",
    "x-amz-storage-class, NONSENSE, INVALID_STORAGE_CLASS",
    "If-None-Match, \"abc\", NOT_IMPLEMENTED",
    "If-Unmodified-Since, x, NOT_IMPLEMENTED",
    "x-amz-checksum-crc33, x, INVALID_REQUEST",
    "Content-MD5, x, INVALID_DIGEST",
  })
  void putObject_headerThatCannotBeHonoured_isRefused(String name, String value, S3ErrorCode code) {
    assertThat(codeOf(() -> putObject(put("/b/k").with(name, value)))).isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource({
    "x-amz-acl, private",
    "x-amz-acl, bucket-owner-full-control",
    "x-amz-storage-class, REDUCED_REDUNDANCY",
    "x-amz-request-payer, requester",
  })
  void putObject_harmlessHeader_isTaken(String name, String value) {
    assertThat(putObject(put("/b/k").with(name, value)).key()).isEqualTo("k");
  }

  @Test
  void getObject_everything_isRead() {
    GetObjectInput input =
        getObject(
            get("/b/k?versionId=v&response-content-type=text/html")
                .with("Authorization", "AWS4-HMAC-SHA256 …")
                .with("Range", "bytes=0-9")
                .with("x-amz-checksum-mode", "enabled"));
    assertThat(input.versionId()).isEqualTo("v");
    assertThat(input.range()).isNotNull();
    assertThat(input.wantsChecksum()).isTrue();
    assertThat(input.overrides().headers()).isEqualTo(Map.of("Content-Type", "text/html"));
    assertThat(input.conditions().isEmpty()).isTrue();
  }

  /** Netty would send a question mark. */
  @Test
  void getObject_overrideThatIsNotLatin1_isInvalidArgument() {
    String name = "/b/k?X-Amz-Signature=s&response-content-disposition=attachment%3Bfilename%3D";
    assertThat(codeOf(() -> getObject(get(name + "%E6%96%87"))))
        .isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
    assertThat(getObject(get(name + "%C3%A9")).overrides().headers())
        .isEqualTo(Map.of("Content-Disposition", "attachment;filename=\u00e9"));
  }

  @Test
  void getObject_overridesWithoutSignature_isInvalidRequest() {
    SentRequest anonymous = get("/b/k?response-expires=0");
    assertThat(codeOf(() -> getObject(anonymous))).isEqualTo(S3ErrorCode.INVALID_REQUEST);
    assertThat(getObject(get("/b/k?response-expires=0&X-Amz-Signature=s")).overrides().headers())
        .isEqualTo(Map.of("Expires", "0"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "partNumber=0",
        "partNumber=10001",
        "partNumber=x",
        "partNumber=",
        "versionId=",
        "response-content-type=a%0D%0Ab&X-Amz-Signature=s"
      })
  void getObject_unfitParameter_isInvalidArgument(String query) {
    assertThat(codeOf(() -> getObject(get("/b/k?" + query))))
        .isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
  }

  @Test
  void getObject_rangeOfAPart_isInvalidRequest() {
    SentRequest request = get("/b/k?partNumber=1").with("Range", "bytes=0-1");
    assertThat(codeOf(() -> getObject(request))).isEqualTo(S3ErrorCode.INVALID_REQUEST);
  }

  @Test
  void headObject_partNumber_isRead() {
    SentRequest request = new SentRequest("HEAD", "/b/k?partNumber=10000");
    assertThat(HeadObjectInput.decode(request.routed(), request).partNumber()).isEqualTo(10_000);
  }

  @Test
  void deleteObject_conditions_onlyIfMatch() {
    SentRequest ifMatch = delete("/b/k").with("If-Match", "\"abc\"");
    assertThat(DeleteObjectInput.decode(ifMatch.routed(), ifMatch).condition())
        .isEqualTo(new WriteCondition.IfMatch("abc"));
    SentRequest ifNoneMatch = delete("/b/k").with("If-None-Match", "*");
    assertThat(codeOf(() -> DeleteObjectInput.decode(ifNoneMatch.routed(), ifNoneMatch)))
        .isEqualTo(S3ErrorCode.NOT_IMPLEMENTED);
  }

  @Test
  void copyObject_replace_takesTheRequestsMetadata() {
    CopyObjectInput input =
        copyObject(
            put("/b/k")
                .with("x-amz-copy-source", "/b/k")
                .with("x-amz-metadata-directive", "REPLACE")
                .with("x-amz-meta-a", "1")
                .with("x-amz-checksum-algorithm", "sha256"));
    assertThat(input.metadata()).isNotNull();
    assertThat(input.checksumAlgorithm()).isEqualTo(ChecksumAlgorithm.SHA256);
  }

  @Test
  void copyObject_copy_keepsTheSourcesMetadata() {
    SentRequest request =
        put("/b/k").with("x-amz-copy-source", "/a/k").with("x-amz-tagging-directive", "COPY");
    assertThat(copyObject(request).metadata()).isNull();
  }

  @Test
  void copyObject_ontoItselfUnchanged_isInvalidRequest() {
    assertThat(codeOf(() -> copyObject(put("/b/k").with("x-amz-copy-source", "b/k"))))
        .isEqualTo(S3ErrorCode.INVALID_REQUEST);
  }

  @Test
  void copyObject_unknownDirective_isInvalidArgument() {
    SentRequest request =
        put("/b/k").with("x-amz-copy-source", "/a/k").with("x-amz-metadata-directive", "MERGE");
    assertThat(codeOf(() -> copyObject(request))).isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
  }

  @Test
  void getObjectAttributes_names_areRead() {
    SentRequest request =
        get("/b/k?attributes")
            .with("x-amz-object-attributes", "ETag, ObjectSize")
            .with("x-amz-object-attributes", "Checksum")
            .with("x-amz-max-parts", "5000");
    GetObjectAttributesInput input = GetObjectAttributesInput.decode(request.routed(), request);
    assertThat(input.attributes())
        .containsExactly(
            ObjectAttribute.ETAG, ObjectAttribute.CHECKSUM, ObjectAttribute.OBJECT_SIZE);
    assertThat(input.maxParts()).isEqualTo(1000);
  }

  @Test
  void getObjectAttributes_noneOrUnknown_isRefused() {
    SentRequest none = get("/b/k?attributes");
    assertThat(codeOf(() -> GetObjectAttributesInput.decode(none.routed(), none)))
        .isEqualTo(S3ErrorCode.INVALID_REQUEST);
    SentRequest unknown = get("/b/k?attributes").with("x-amz-object-attributes", "Colour");
    assertThat(errorOf(() -> GetObjectAttributesInput.decode(unknown.routed(), unknown)).fields())
        .containsEntry("ArgumentValue", "Colour");
  }
}
