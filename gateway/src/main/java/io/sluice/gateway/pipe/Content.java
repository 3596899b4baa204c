package io.sluice.gateway.pipe;

import com.google.protobuf.ByteString;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.Part;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bytes of an object, or a range of them: where they are, a few runs at a time. */
public interface Content {
  /**
   * Bytes that follow each other.
   *
   * @param chunk where they are; null when they are {@code inline}
   * @param offset in the chunk's plain bytes
   * @param inline the bytes themselves, or null
   */
  record Run(@Nullable ChunkId chunk, int offset, int length, @Nullable ByteString inline) {}

  /** How many bytes there are in all. */
  long length();

  /**
   * The next runs; none at the end. Not to be called again before it has completed; completes on
   * any thread.
   */
  Future<List<Run>> next();

  /**
   * A range of one part.
   *
   * @param inlineData the part's bytes when it is inline
   * @param from first byte, 0 or more
   * @param length up to the part's size less {@code from}
   */
  static Content ofPart(Part part, ByteString inlineData, long from, long length) {
    return new OnePart(runs(part, inlineData, from, length), length);
  }

  /** The runs that hold a range of a part; fewer bytes if the part does not have them. */
  static List<Run> runs(Part part, ByteString inlineData, long from, long length) {
    if (length <= 0) {
      return List.of();
    }
    if (part.getInline()) {
      int start = (int) Math.min(from, inlineData.size());
      int end = (int) Math.min(from + length, inlineData.size());
      return end == start
          ? List.of()
          : List.of(new Run(null, 0, end - start, inlineData.substring(start, end)));
    }
    List<Run> runs = new ArrayList<>();
    long skip = from;
    long left = length;
    for (ChunkSlice slice : part.getSlicesList()) {
      int take = (int) Math.min(left, Math.max(0, slice.getLength() - skip));
      if (take > 0) {
        runs.add(
            new Run(ChunkId.from(slice.getChunkId()), slice.getOffset() + (int) skip, take, null));
        left -= take;
      }
      skip = Math.max(0, skip - slice.getLength());
      if (left == 0) {
        break;
      }
    }
    return runs;
  }

  /** What is known from the start. */
  final class OnePart implements Content {
    private final long length;
    private List<Run> runs;

    private OnePart(List<Run> runs, long length) {
      this.runs = runs;
      this.length = length;
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public Future<List<Run>> next() {
      List<Run> all = runs;
      runs = List.of();
      return Future.succeededFuture(all);
    }
  }
}
