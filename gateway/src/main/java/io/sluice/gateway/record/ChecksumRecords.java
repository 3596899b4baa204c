package io.sluice.gateway.record;

import com.google.protobuf.ByteString;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumType;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.s3.checksum.UploadChecksum;
import io.sluice.s3.op.ObjectChecksum;
import io.sluice.storage.proto.Checksum;
import io.sluice.storage.proto.MultipartUpload;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checksums as they are stored. */
public final class ChecksumRecords {
  private ChecksumRecords() {}

  /** The record of a checksum over all bytes of an object or part. */
  public static Checksum whole(ChecksumValue value) {
    return of(value, ChecksumType.FULL_OBJECT, 0);
  }

  /**
   * The record of a checksum.
   *
   * @param parts of a composite one; 0 otherwise
   */
  public static Checksum of(ChecksumValue value, ChecksumType type, int parts) {
    return Checksum.newBuilder()
        .setAlgorithm(algorithm(value.algorithm()))
        .setType(type(type))
        .setValue(ByteString.copyFrom(value.bytes()))
        .setParts(parts)
        .build();
  }

  /** The checksum that an answer shows: an object or part has one at most; null for none. */
  public static @Nullable ObjectChecksum shown(List<Checksum> records) {
    for (Checksum record : records) {
      ChecksumValue value = value(record);
      if (value != null) {
        ChecksumType type = type(record.getType());
        boolean composite = type == ChecksumType.COMPOSITE;
        return new ObjectChecksum(
            value.algorithm(),
            composite ? value.base64() + '-' + record.getParts() : value.base64(),
            type);
      }
    }
    return null;
  }

  /** The value of the first record that has one; null for none. */
  public static @Nullable ChecksumValue firstValue(List<Checksum> records) {
    for (Checksum record : records) {
      ChecksumValue value = value(record);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  /** Null when the record is of an algorithm that is not known here. */
  public static @Nullable ChecksumValue value(Checksum record) {
    ChecksumAlgorithm algorithm = algorithm(record.getAlgorithm());
    return algorithm == null ? null : new ChecksumValue(algorithm, record.getValue().toByteArray());
  }

  public static io.sluice.storage.proto.ChecksumAlgorithm algorithm(
      @Nullable ChecksumAlgorithm algorithm) {
    if (algorithm == null) {
      return io.sluice.storage.proto.ChecksumAlgorithm.CHECKSUM_NONE;
    }
    return switch (algorithm) {
      case CRC32 -> io.sluice.storage.proto.ChecksumAlgorithm.CRC32;
      case CRC32C -> io.sluice.storage.proto.ChecksumAlgorithm.CRC32C;
      case CRC64NVME -> io.sluice.storage.proto.ChecksumAlgorithm.CRC64NVME;
      case SHA1 -> io.sluice.storage.proto.ChecksumAlgorithm.SHA1;
      case SHA256 -> io.sluice.storage.proto.ChecksumAlgorithm.SHA256;
    };
  }

  /** Null for none, and for one that is not known here. */
  public static @Nullable ChecksumAlgorithm algorithm(
      io.sluice.storage.proto.ChecksumAlgorithm record) {
    return switch (record) {
      case CRC32 -> ChecksumAlgorithm.CRC32;
      case CRC32C -> ChecksumAlgorithm.CRC32C;
      case CRC64NVME -> ChecksumAlgorithm.CRC64NVME;
      case SHA1 -> ChecksumAlgorithm.SHA1;
      case SHA256 -> ChecksumAlgorithm.SHA256;
      case CHECKSUM_NONE, UNRECOGNIZED -> null;
    };
  }

  /** What an upload's parts and object are to have; null for none. */
  public static @Nullable UploadChecksum ofUpload(MultipartUpload upload) {
    ChecksumAlgorithm algorithm = algorithm(upload.getChecksumAlgorithm());
    return algorithm == null ? null : new UploadChecksum(algorithm, type(upload.getChecksumType()));
  }

  public static io.sluice.storage.proto.ChecksumType type(ChecksumType type) {
    return type == ChecksumType.COMPOSITE
        ? io.sluice.storage.proto.ChecksumType.COMPOSITE
        : io.sluice.storage.proto.ChecksumType.FULL_OBJECT;
  }

  public static ChecksumType type(io.sluice.storage.proto.ChecksumType record) {
    return record == io.sluice.storage.proto.ChecksumType.COMPOSITE
        ? ChecksumType.COMPOSITE
        : ChecksumType.FULL_OBJECT;
  }
}
