package io.sluice.benchmarks;

import io.netty.buffer.ByteBuf;
import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.chunk.codec.ChunkBuffers;
import io.sluice.storage.chunk.codec.ChunkEncoder;
import io.sluice.storage.chunk.codec.Compression;
import io.sluice.storage.chunk.codec.FrameDecoder;
import io.sluice.storage.chunk.codec.ZstdWorkspaces;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Chunks of 4 MiB into records, and ranges of them back. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ChunkCodecBenchmark {
  private static final ChunkId ID = ChunkId.of(0, 7, 1_700_000_000_000L, 42);
  private static final int CHUNK_BYTES = 4 << 20;
  private static final int RANGE_FROM = 1_000_000;
  private static final int RANGE_BYTES = 64 * 1024;

  private final ByteBuffer random = direct(SampleBytes.random(CHUNK_BYTES));
  private final ByteBuffer text = direct(SampleBytes.text(CHUNK_BYTES));
  private final ChunkBuffers buffers = new ChunkBuffers(1);
  private final ZstdWorkspaces workspaces = new ZstdWorkspaces(Compression.DEFAULT);
  private final ChunkEncoder encoder =
      new ChunkEncoder(new UUID(1, 2), Compression.DEFAULT, buffers, workspaces);
  private final FrameDecoder decoder = new FrameDecoder(buffers, workspaces);
  private final EncodedChunk storedRaw = encoder.encode(ID, List.of(random.duplicate()));
  private final EncodedChunk storedText = encoder.encode(ID, List.of(text.duplicate()));

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  @Setup
  public void check() {
    if (storedRaw.header().bodyLength() != CHUNK_BYTES
        || storedText.header().bodyLength() > CHUNK_BYTES / 2) {
      throw new IllegalStateException("the samples don't compress as they should");
    }
  }

  @TearDown
  public void close() {
    storedRaw.release();
    storedText.release();
    workspaces.close();
    if (buffers.usedBytes() != 0) {
      throw new IllegalStateException(buffers.usedBytes() + " bytes were leaked");
    }
  }

  @Benchmark
  public boolean encode_random4MiB() {
    return encoder.encode(ID, List.of(random.duplicate())).release();
  }

  @Benchmark
  public boolean encode_text4MiB() {
    return encoder.encode(ID, List.of(text.duplicate())).release();
  }

  @Benchmark
  public int decode_range64KiBOfRandom() {
    return decodeRange(storedRaw);
  }

  @Benchmark
  public int decode_range64KiBOfText() {
    return decodeRange(storedText);
  }

  @Benchmark
  public int decode_allOfText() {
    return decode(storedText, 0, CHUNK_BYTES);
  }

  private int decodeRange(EncodedChunk chunk) {
    return decode(chunk, RANGE_FROM, RANGE_BYTES);
  }

  private int decode(EncodedChunk chunk, int from, int length) {
    int first = from / ChunkRecord.FRAME_PLAIN;
    int last = (from + length - 1) / ChunkRecord.FRAME_PLAIN;
    int pieces = 0;
    for (ByteBuf piece :
        decoder.decode(
            frames(chunk, first, last), from - first * ChunkRecord.FRAME_PLAIN, length)) {
      pieces += piece.readableBytes();
      piece.release();
    }
    return pieces;
  }

  private static StoredFrames frames(EncodedChunk chunk, int first, int last) {
    List<ChunkFrame> all = chunk.header().frames();
    int at = chunk.header().headLength();
    for (ChunkFrame before : all.subList(0, first)) {
      at += before.storedLength();
    }
    int length = 0;
    for (ChunkFrame wanted : all.subList(first, last + 1)) {
      length += wanted.storedLength();
    }
    return new StoredFrames(
        chunk.header(), first, last - first + 1, chunk.record().retainedSlice(at, length));
  }
}
