package io.sluice.s3.checksum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.OutgoingRequest;
import io.sluice.s3.checksum.MultipartChecksum.Part;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MultipartChecksumTest {
  private static final StreamingChecksums CHECKSUMS = StreamingChecksums.jdk();

  @Property(tries = 300)
  void fullObject_isThatOfTheWhole(
      @ForAll("crcs") ChecksumAlgorithm algorithm,
      @ForAll @Size(min = 1, max = 8) List<@Size(max = 2000) byte[]> pieces) {
    List<Part> parts = new ArrayList<>();
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      parts.add(new Part(of(algorithm, piece), piece.length));
      whole.writeBytes(piece);
    }
    MultipartChecksum combined =
        MultipartChecksum.of(algorithm, ChecksumType.FULL_OBJECT, parts, CHECKSUMS);
    assertThat(combined.value()).isEqualTo(of(algorithm, whole.toByteArray()));
    assertThat(combined.text()).isEqualTo(combined.value().base64());
  }

  /** 2^40 zero bytes by doubling: as long as no test could compute directly. */
  @Test
  void combine_hugeLengths_agreesWithDoubling() {
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      if (algorithm.combines()) {
        CrcCombiner combiner = CrcCombiner.of(algorithm);
        long first = of(algorithm, new byte[] {1, 2, 3}).crc();
        long zeros = of(algorithm, new byte[1]).crc();
        long doubled = zeros;
        for (int i = 0; i < 40; i++) {
          doubled = combiner.combine(doubled, doubled, 1L << i);
        }
        long once = combiner.combine(first, doubled, 1L << 40);
        long halves = zeros;
        for (int i = 0; i < 39; i++) {
          halves = combiner.combine(halves, halves, 1L << i);
        }
        long twice = combiner.combine(first, halves, 1L << 39);
        assertThat(combiner.combine(twice, halves, 1L << 39)).isEqualTo(once);
      }
    }
  }

  @Test
  void composite_isTheChecksumOfChecksums() {
    byte[] a = {1};
    byte[] b = {2};
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      List<Part> parts = List.of(new Part(of(algorithm, a), 1), new Part(of(algorithm, b), 1));
      if (algorithm.allows(ChecksumType.COMPOSITE)) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(of(algorithm, a).bytes());
        both.writeBytes(of(algorithm, b).bytes());
        assertThat(MultipartChecksum.of(algorithm, ChecksumType.COMPOSITE, parts, CHECKSUMS).text())
            .isEqualTo(of(algorithm, both.toByteArray()).base64() + "-2");
      } else {
        assertThatThrownBy(
                () -> MultipartChecksum.of(algorithm, ChecksumType.COMPOSITE, parts, CHECKSUMS))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void check_declaredForTheObject() {
    List<Part> parts = List.of(new Part(of(ChecksumAlgorithm.SHA1, new byte[1]), 1));
    MultipartChecksum checksum =
        MultipartChecksum.of(ChecksumAlgorithm.SHA1, ChecksumType.COMPOSITE, parts, CHECKSUMS);
    checksum.check(checksum.text());
    checksum.check(checksum.value().base64());
    assertThatThrownBy(() -> checksum.check(checksum.value().base64() + "-2"))
        .isInstanceOf(S3Exception.class)
        .hasMessage("The SHA1 you specified did not match the calculated checksum.");
  }

  @Test
  void uploadChecksum() {
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

  @Test
  void of_partOfAnotherAlgorithm_isRefused() {
    List<Part> parts = List.of(new Part(of(ChecksumAlgorithm.CRC32C, new byte[1]), 1));
    assertThatThrownBy(
            () ->
                MultipartChecksum.of(
                    ChecksumAlgorithm.CRC32, ChecksumType.FULL_OBJECT, parts, CHECKSUMS))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Provide
  Arbitrary<ChecksumAlgorithm> crcs() {
    return Arbitraries.of(ChecksumAlgorithm.values()).filter(ChecksumAlgorithm::combines);
  }

  private static ChecksumValue of(ChecksumAlgorithm algorithm, byte[] data) {
    StreamingChecksum checksum = CHECKSUMS.start(algorithm);
    checksum.update(data, 0, data.length);
    return checksum.value();
  }
}
