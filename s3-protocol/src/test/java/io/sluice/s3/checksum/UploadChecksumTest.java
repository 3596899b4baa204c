package io.sluice.s3.checksum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.OutgoingRequest;
import org.junit.jupiter.api.Test;

class UploadChecksumTest {
  @Test
  void parse_typeNeedsAnAlgorithmThatAllowsIt() {
    OutgoingRequest create = new OutgoingRequest("POST", "/b/k", "uploads");
    assertThat(UploadChecksum.parse(create)).isNull();
    create.add("x-amz-checksum-type", "FULL_OBJECT");
    assertThatThrownBy(() -> UploadChecksum.parse(create))
        .isInstanceOf(S3Exception.class)
        .hasMessageStartingWith("The x-amz-checksum-type header can only be used");
    create.add("x-amz-checksum-algorithm", "crc32c");
    assertThat(UploadChecksum.parse(create))
        .isEqualTo(new UploadChecksum(ChecksumAlgorithm.CRC32C, ChecksumType.FULL_OBJECT));
    assertThatThrownBy(() -> UploadChecksum.parse(create.set("x-amz-checksum-algorithm", "SHA1")))
        .isInstanceOf(S3Exception.class);
  }
}
