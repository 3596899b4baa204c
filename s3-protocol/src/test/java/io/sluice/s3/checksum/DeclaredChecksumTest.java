package io.sluice.s3.checksum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.OutgoingRequest;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeclaredChecksumTest {
  private static final String CRC = "x-amz-checksum-crc32";

  @Test
  void parse_nothing_isNull() {
    assertThat(DeclaredChecksum.parse(put())).isNull();
    assertThat(
            DeclaredChecksum.parse(
                put()
                    .add("x-amz-checksum-mode", "ENABLED")
                    .add("x-amz-checksum-type", "COMPOSITE")
                    .add("X-Amz-Checksum-Algorithm", "CRC32")))
        .isNull();
  }

  @Test
  void parse_header_isCompared() {
    DeclaredChecksum declared =
        DeclaredChecksum.parse(
            put()
                .add("X-Amz-Checksum-CRC32", "y/Q5Jg==")
                .add("x-amz-sdk-checksum-algorithm", "CRC32"));
    assertThat(declared.algorithm()).isEqualTo(ChecksumAlgorithm.CRC32);
    assertThat(declared.inTrailer()).isFalse();
    declared.check(ChecksumValue.ofCrc(ChecksumAlgorithm.CRC32, 0xcbf43926L), Map.of());
    S3Exception error =
        error(() -> declared.check(ChecksumValue.ofCrc(ChecksumAlgorithm.CRC32, 1), Map.of()));
    assertThat(error.code()).isEqualTo(S3ErrorCode.BAD_DIGEST);
    assertThat(error.message())
        .isEqualTo("The CRC32 you specified did not match the calculated checksum.");
  }

  @Test
  void parse_trailer_isComparedWhenItComes() {
    DeclaredChecksum declared = DeclaredChecksum.parse(put().add("x-amz-trailer", CRC));
    assertThat(declared.inTrailer()).isTrue();
    ChecksumValue computed = ChecksumValue.ofCrc(ChecksumAlgorithm.CRC32, 0xcbf43926L);
    declared.check(computed, Map.of(CRC, "y/Q5Jg=="));
    assertCode(() -> declared.check(computed, Map.of(CRC, "AAAAAA==")), S3ErrorCode.BAD_DIGEST);
    assertCode(() -> declared.check(computed, Map.of(CRC, "x")), S3ErrorCode.INVALID_REQUEST);
    assertCode(() -> declared.check(computed, Map.of()), S3ErrorCode.MALFORMED_TRAILER_ERROR);
  }

  @ParameterizedTest
  @CsvSource({
    "x-amz-checksum-crc32=AAAAAA==|x-amz-checksum-crc32c=AAAAAA==,"
        + " Expecting a single x-amz-checksum- header.",
    "x-amz-checksum-crc32=AAAAAA==|x-amz-checksum-crc32=AAAAAA==,"
        + " Expecting a single x-amz-checksum- header.",
    "x-amz-checksum-crc32=AAAAAA==|x-amz-trailer=x-amz-checksum-crc32,"
        + " Expecting a single x-amz-checksum- header.",
    "'x-amz-trailer=x-amz-checksum-crc32,x-amz-checksum-sha1',"
        + " Expecting a single x-amz-checksum- header.",
    "x-amz-checksum-crc32=AAAAAA, Value for x-amz-checksum-crc32 header is invalid.",
    "x-amz-checksum-crc32=AAAAAB==, Value for x-amz-checksum-crc32 header is invalid.",
    "x-amz-checksum-crc32=, Value for x-amz-checksum-crc32 header is invalid.",
    "x-amz-checksum-sha256=AAAAAA==, Value for x-amz-checksum-sha256 header is invalid.",
    "x-amz-checksum-md5=AAAAAA==, The algorithm type you specified",
    "x-amz-trailer=x-amz-meta-a, The value specified in the x-amz-trailer header",
    "x-amz-trailer=, The value specified in the x-amz-trailer header",
    "x-amz-sdk-checksum-algorithm=CRC32, 'x-amz-sdk-checksum-algorithm specified, but no'",
    "x-amz-sdk-checksum-algorithm=CRC31, Value for x-amz-sdk-checksum-algorithm header",
    "x-amz-sdk-checksum-algorithm=SHA1|x-amz-checksum-crc32=AAAAAA==,"
        + " Value for x-amz-sdk-checksum-algorithm header"
  })
  void parse_wrong_isInvalidRequest(String headers, String message) {
    OutgoingRequest request = put();
    for (String header : headers.split("\\|", -1)) {
      int equals = header.indexOf('=');
      request.add(header.substring(0, equals), header.substring(equals + 1));
    }
    S3Exception error = error(() -> DeclaredChecksum.parse(request));
    assertThat(error.code()).isEqualTo(S3ErrorCode.INVALID_REQUEST);
    assertThat(error.message()).startsWith(message);
  }

  @Test
  void typeFor_pairsAsAws() {
    assertThat(ChecksumAlgorithm.CRC64NVME.typeFor(null)).isEqualTo(ChecksumType.FULL_OBJECT);
    assertThat(ChecksumAlgorithm.CRC32.typeFor(null)).isEqualTo(ChecksumType.COMPOSITE);
    assertThat(ChecksumAlgorithm.CRC32C.typeFor(ChecksumType.FULL_OBJECT))
        .isEqualTo(ChecksumType.FULL_OBJECT);
    assertThat(error(() -> ChecksumAlgorithm.SHA1.typeFor(ChecksumType.FULL_OBJECT)).message())
        .isEqualTo(
            "The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.");
    assertCode(
        () -> ChecksumAlgorithm.CRC64NVME.typeFor(ChecksumType.COMPOSITE),
        S3ErrorCode.INVALID_REQUEST);
    assertCode(() -> ChecksumType.parse("composite"), S3ErrorCode.INVALID_REQUEST);
    assertCode(() -> ChecksumAlgorithm.parse("MD5"), S3ErrorCode.INVALID_REQUEST);
    assertThat(ChecksumAlgorithm.parse("crc64nvme")).isEqualTo(ChecksumAlgorithm.CRC64NVME);
    assertThat(ChecksumAlgorithm.CRC64NVME.headerName()).isEqualTo("x-amz-checksum-crc64nvme");
    assertThat(ChecksumAlgorithm.CRC64NVME.xmlName()).isEqualTo("ChecksumCRC64NVME");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "1B2M2Y8AsgTpgAmY7PhCfg=", "1B2M2Y8AsgTpgAmY7PhCfh==", "AAAA"})
  void contentMd5_malformed_isInvalidDigest(String value) {
    assertCode(() -> ContentMd5.parse(put().add("Content-MD5", value)), S3ErrorCode.INVALID_DIGEST);
  }

  @Test
  void contentMd5_isCompared() {
    ContentMd5 md5 = ContentMd5.parse(put().add("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="));
    md5.check(ETags.newMd5().digest());
    S3Exception error = error(() -> md5.check(new byte[16]));
    assertThat(error.code()).isEqualTo(S3ErrorCode.BAD_DIGEST);
    assertThat(error.message())
        .isEqualTo("The Content-MD5 you specified did not match what we received.");
    assertThat(ContentMd5.parse(put())).isNull();
  }

  @Test
  void etags() {
    byte[] empty = ETags.newMd5().digest();
    assertThat(ETags.md5(empty)).isEqualTo("d41d8cd98f00b204e9800998ecf8427e");
    assertThat(ETags.multipart(List.of(empty))).isEqualTo("59adb24ef3cdbe0297f05b395827453f-1");
  }

  private static OutgoingRequest put() {
    return new OutgoingRequest("PUT", "/b/k", "");
  }

  private static S3Exception error(ThrowingCallable call) {
    S3Exception error = catchThrowableOfType(S3Exception.class, call);
    assertThat(error).isNotNull();
    return error;
  }

  private static void assertCode(ThrowingCallable call, S3ErrorCode code) {
    assertThat(error(call).code()).isEqualTo(code);
  }
}
