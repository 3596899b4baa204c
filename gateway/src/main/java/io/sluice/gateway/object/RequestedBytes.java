package io.sluice.gateway.object;

import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.http.ByteRange;
import io.sluice.s3.op.ObjectChecksum;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.PartRef;
import org.jspecify.annotations.Nullable;

/**
 * Which bytes of an object a GetObject or HeadObject is about: all, a range, or a part.
 *
 * @param from the first
 * @param contentRange for an answer of 206; null for all bytes
 * @param checksum of exactly these bytes; null if that is not known
 * @param partsCount null unless a part was asked for of an object with parts
 */
record RequestedBytes(
    long from,
    long length,
    @Nullable String contentRange,
    @Nullable ObjectChecksum checksum,
    @Nullable Integer partsCount) {

  /**
   * Finds them.
   *
   * @throws S3Exception InvalidRange, InvalidPartNumber
   */
  static RequestedBytes of(
      FoundObject object, @Nullable Integer partNumber, @Nullable ByteRange range) {
    long size = object.version().getSize();
    if (partNumber != null) {
      return ofPart(object, partNumber);
    }
    if (range == null) {
      return new RequestedBytes(0, size, null, object.checksum(), null);
    }
    ByteRange.Resolved resolved = range.resolve(size);
    boolean all = resolved.lengthBytes() == size;
    return new RequestedBytes(
        resolved.first(),
        resolved.lengthBytes(),
        resolved.contentRange(),
        all ? object.checksum() : null,
        null);
  }

  /** An object that was put in one piece has part 1, which is all of it. */
  private static RequestedBytes ofPart(FoundObject object, int number) {
    ObjectVersion version = object.version();
    if (version.getPartCount() == 0) {
      if (number != 1) {
        throw noSuchPart(number, 1);
      }
      return part(0, version.getSize(), version.getSize(), object.checksum(), null);
    }
    long from = 0;
    for (PartRef part : object.answer().getManifest().getParts().getPartsList()) {
      if (part.getNumber() == number) {
        return part(
            from,
            part.getSize(),
            version.getSize(),
            ChecksumRecords.shown(part.getChecksumsList()),
            version.getPartCount());
      }
      from += part.getSize();
    }
    throw noSuchPart(number, version.getPartCount());
  }

  private static RequestedBytes part(
      long from,
      long length,
      long size,
      @Nullable ObjectChecksum checksum,
      @Nullable Integer partsCount) {
    // An empty object has no range to name.
    String range =
        length == 0 ? null : new ByteRange.Resolved(from, from + length - 1, size).contentRange();
    return new RequestedBytes(from, length, range, checksum, partsCount);
  }

  private static S3Exception noSuchPart(int number, int count) {
    return new S3Exception(S3ErrorCode.INVALID_PART_NUMBER)
        .with("PartNumberRequested", Integer.toString(number))
        .with("ActualPartCount", Integer.toString(count));
  }
}
