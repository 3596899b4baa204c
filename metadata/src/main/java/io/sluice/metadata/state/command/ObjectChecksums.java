package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.storage.checksum.CrcCombination;
import io.sluice.storage.proto.Checksum;
import io.sluice.storage.proto.ChecksumAlgorithm;
import io.sluice.storage.proto.ChecksumType;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.UploadedPart;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The checksum of an object that was uploaded in parts. A composite one is a checksum over those of
 * the parts; a full-object one is that of the bytes, combined from the parts' CRCs.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html">Checking
 *     object integrity for data uploads</a>
 */
final class ObjectChecksums {
  private ObjectChecksums() {}

  /** What the algorithm allows: SHA is never full-object, CRC64NVME never composite. */
  static ChecksumType typeOf(MultipartUpload upload) {
    return switch (upload.getChecksumAlgorithm()) {
      case SHA1, SHA256 -> ChecksumType.COMPOSITE;
      case CRC32, CRC32C -> upload.getChecksumType();
      default -> ChecksumType.FULL_OBJECT;
    };
  }

  /**
   * The checksum of the object, or none. An upload for which none was asked gets a CRC64NVME if all
   * its parts have one, as in AWS.
   */
  static List<Checksum> of(MultipartUpload upload, List<UploadedPart> parts)
      throws RefusedException {
    boolean asked = upload.getChecksumAlgorithm() != ChecksumAlgorithm.CHECKSUM_NONE;
    ChecksumAlgorithm algorithm =
        asked ? upload.getChecksumAlgorithm() : ChecksumAlgorithm.CRC64NVME;
    List<ByteString> values = new ArrayList<>(parts.size());
    for (UploadedPart part : parts) {
      ByteString value = find(part.getChecksumsList(), algorithm);
      if (value == null && asked) {
        throw new RefusedException(
            RefusalCode.INVALID_PART,
            "Part " + part.getNumber() + " has no checksum of the upload's algorithm.");
      } else if (value == null) {
        return List.of();
      }
      values.add(value);
    }
    if (typeOf(upload) == ChecksumType.COMPOSITE) {
      return List.of(
          Checksum.newBuilder()
              .setAlgorithm(algorithm)
              .setType(ChecksumType.COMPOSITE)
              .setValue(composite(algorithm, values))
              .setParts(values.size())
              .build());
    }
    return List.of(
        Checksum.newBuilder()
            .setAlgorithm(algorithm)
            .setType(ChecksumType.FULL_OBJECT)
            .setValue(fullObject(algorithm, values, parts))
            .build());
  }

  /** Refuses an object whose checksum is not what its client said. */
  static void verify(List<Checksum> expected, List<Checksum> actual) throws RefusedException {
    for (Checksum wanted : expected) {
      Checksum found =
          actual.stream()
              .filter(checksum -> checksum.getAlgorithm() == wanted.getAlgorithm())
              .findFirst()
              .orElse(null);
      if (found == null || found.getType() != wanted.getType()) {
        throw ApplyContext.invalid("The upload was created with another kind of checksum.");
      }
      if (!found.getValue().equals(wanted.getValue())) {
        throw new RefusedException(
            RefusalCode.CHECKSUM_MISMATCH,
            "The "
                + wanted.getAlgorithm()
                + " you specified did not match the calculated checksum.");
      }
    }
  }

  private static @Nullable ByteString find(List<Checksum> checksums, ChecksumAlgorithm algorithm) {
    for (Checksum checksum : checksums) {
      if (checksum.getAlgorithm() == algorithm) {
        return checksum.getValue();
      }
    }
    return null;
  }

  private static ByteString composite(ChecksumAlgorithm algorithm, List<ByteString> values) {
    return switch (algorithm) {
      case SHA1 -> ByteString.copyFrom(Digests.overAll("SHA-1", values, value -> value));
      case SHA256 -> ByteString.copyFrom(Digests.overAll("SHA-256", values, value -> value));
      case CRC32 -> crcOfAll(new CRC32(), values);
      case CRC32C -> crcOfAll(new CRC32C(), values);
      default -> throw new IllegalStateException("composite " + algorithm);
    };
  }

  private static ByteString crcOfAll(java.util.zip.Checksum crc, List<ByteString> values) {
    for (ByteString value : values) {
      crc.update(value.asReadOnlyByteBuffer());
    }
    return bytes(crc.getValue(), Integer.BYTES);
  }

  private static ByteString fullObject(
      ChecksumAlgorithm algorithm, List<ByteString> values, List<UploadedPart> parts)
      throws RefusedException {
    CrcCombination crc = crc(algorithm);
    long combined = 0;
    for (int i = 0; i < parts.size(); i++) {
      ByteString value = values.get(i);
      if (value.size() != crc.length()) {
        throw ApplyContext.invalid("A checksum of a part has the wrong length.");
      }
      combined = crc.combine(combined, number(value), parts.get(i).getSize());
    }
    return bytes(combined, crc.length());
  }

  private static CrcCombination crc(ChecksumAlgorithm algorithm) {
    return switch (algorithm) {
      case CRC32 -> CrcCombination.CRC32;
      case CRC32C -> CrcCombination.CRC32C;
      case CRC64NVME -> CrcCombination.CRC64NVME;
      default -> throw new IllegalStateException("full-object " + algorithm);
    };
  }

  private static long number(ByteString bigEndian) {
    long number = 0;
    for (byte each : bigEndian) {
      number = (number << Byte.SIZE) | (each & 0xff);
    }
    return number;
  }

  private static ByteString bytes(long value, int length) {
    byte[] all = ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    return ByteString.copyFrom(all, Long.BYTES - length, length);
  }
}
