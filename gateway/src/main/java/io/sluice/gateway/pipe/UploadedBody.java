package io.sluice.gateway.pipe;

import com.google.protobuf.ByteString;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.s3.checksum.ETags;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.Part;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A body that is verified and stored, and that nothing names yet.
 *
 * @param size payload bytes
 * @param md5 16 bytes
 * @param checksum of the whole body; null if none was asked for
 * @param slices where the bytes are; empty when they are inline
 * @param inline the bytes themselves when they are few, else null
 */
public record UploadedBody(
    long size,
    ByteString md5,
    @Nullable ChecksumValue checksum,
    List<ChunkSlice> slices,
    @Nullable ByteString inline) {

  /** As S3 gives it for what was put in one piece, without quotes. */
  public String etag() {
    return ETags.md5(md5.toByteArray());
  }

  /** The body as a part row. */
  public Part toPart() {
    Part.Builder part =
        Part.newBuilder().setSize(size).setMd5(md5).setInline(inline != null).addAllSlices(slices);
    if (checksum != null) {
      part.addChecksums(ChecksumRecords.whole(checksum));
    }
    return part.build();
  }

  /** The bytes to send with the command that commits this. */
  public ByteString inlineData() {
    return inline == null ? ByteString.EMPTY : inline;
  }
}
