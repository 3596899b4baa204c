package io.sluice.storage.chunk.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The chunk codec: what goes in comes out, in every mode, of every range. */
class ChunkCodecTest {
  private static final ChunkId ID = ChunkId.of(0, 7, 1_700_000_000_000L, 42);
  private static final UUID CLUSTER = new UUID(1, 2);

  private final ChunkBuffers buffers = new ChunkBuffers(1);

  /** What a chunk's bytes look like. */
  enum Kind {
    RANDOM,
    TEXT,
    ZEROS,
    MIXED
  }

  @AfterEach
  @AfterTry
  void nothingIsLeftInThePool() {
    assertThat(buffers.usedBytes()).isZero();
  }

  @Property(tries = 60)
  void anyRangeOfAnyChunk_comesBack(
      @ForAll Kind kind,
      @ForAll Compression.Mode mode,
      @ForAll @IntRange(min = 1, max = 1_200_000) int length,
      @ForAll Random random)
      throws Exception {
    byte[] plain = bytes(kind, length, random);
    Compression compression = new Compression(mode, 1);
    try (ZstdWorkspaces workspaces = new ZstdWorkspaces(compression)) {
      EncodedChunk chunk = encoder(compression, workspaces).encode(ID, split(plain, random));
      ChunkHeader header = ChunkRecord.readHead(chunk.record().nioBuffer());
      assertThat(header).isEqualTo(chunk.header());
      assertFrameChecksums(chunk);
      FrameDecoder decoder = new FrameDecoder(buffers, workspaces);
      for (int i = 0; i < 5; i++) {
        int from = random.nextInt(length);
        int to = from + 1 + random.nextInt(length - from);
        int first = from / ChunkRecord.FRAME_PLAIN;
        int last = (to - 1) / ChunkRecord.FRAME_PLAIN;
        StoredFrames stored = frames(chunk, first, last - first + 1, random.nextBoolean());
        byte[] read =
            take(decoder.decode(stored, from - first * ChunkRecord.FRAME_PLAIN, to - from));
        assertThat(Arrays.equals(read, Arrays.copyOfRange(plain, from, to))).isTrue();
      }
      chunk.release();
    }
  }

  @Test
  void encode_randomBytesWithAuto_areStoredPlain() {
    EncodedChunk chunk = encode(Compression.DEFAULT, bytes(Kind.RANDOM, 700_000, new Random(1)));
    assertThat(chunk.header().frames()).noneMatch(frame -> frame.compressed());
    chunk.release();
  }

  @Test
  void encode_textWithAuto_isCompressed() {
    EncodedChunk chunk = encode(Compression.DEFAULT, bytes(Kind.TEXT, 700_000, new Random(1)));
    assertThat(chunk.header().frames()).allMatch(frame -> frame.compressed());
    assertThat(chunk.header().bodyLength()).isLessThan(400_000);
    chunk.release();
  }

  @Test
  void encode_compressionOff_neverCompresses() {
    EncodedChunk chunk =
        encode(Compression.parse("off"), bytes(Kind.ZEROS, 700_000, new Random(1)));
    assertThat(chunk.header().bodyLength()).isEqualTo(700_000);
    chunk.release();
  }

  @Test
  void encode_alwaysCompress_keepsFramesThatDontShrinkPlain() {
    byte[] mixed = new byte[2 * ChunkRecord.FRAME_PLAIN];
    new Random(5).nextBytes(mixed);
    Arrays.fill(mixed, 0, ChunkRecord.FRAME_PLAIN, (byte) 1);
    EncodedChunk chunk = encode(Compression.parse("zstd:3"), mixed);
    assertThat(chunk.header().frames().get(0).compressed()).isTrue();
    assertThat(chunk.header().frames().get(1).compressed()).isFalse();
    chunk.release();
  }

  @Test
  void encode_largestChunk_fitsARecord() {
    EncodedChunk chunk =
        encode(Compression.parse("off"), bytes(Kind.RANDOM, ChunkRecord.PLAIN_MAX, new Random(2)));
    assertThat(chunk.record().readableBytes()).isEqualTo(ChunkRecord.RECORD_MAX);
    chunk.release();
  }

  @Test
  void copyAs_anotherId_sameStoredBytes() throws Exception {
    EncodedChunk chunk = encode(Compression.DEFAULT, bytes(Kind.TEXT, 600_000, new Random(1)));
    ChunkId other = ChunkId.of(0, 9, 1_700_000_000_001L, 43);
    try (ZstdWorkspaces workspaces = new ZstdWorkspaces(Compression.DEFAULT)) {
      EncodedChunk copy = encoder(Compression.DEFAULT, workspaces).copyAs(other, chunk);
      assertThat(copy.header().frames()).isEqualTo(chunk.header().frames());
      assertThat(ChunkRecord.readHead(copy.record().nioBuffer()).id()).isEqualTo(other);
      assertFrameChecksums(copy);
      copy.release();
    }
    chunk.release();
  }

  @Test
  void decode_damagedZstdFrame_isChunkDamaged() {
    EncodedChunk chunk = encode(Compression.DEFAULT, bytes(Kind.TEXT, 300_000, new Random(1)));
    ByteBuf copy = chunk.record().copy();
    for (int i = 0; i < 64; i++) {
      copy.setByte(chunk.header().headLength() + i, 0x55);
    }
    EncodedChunk damaged = new EncodedChunk(chunk.header(), copy);
    try (ZstdWorkspaces workspaces = new ZstdWorkspaces(Compression.DEFAULT)) {
      FrameDecoder decoder = new FrameDecoder(buffers, workspaces);
      assertThatThrownBy(() -> decoder.decode(frames(damaged, 0, 1, true), 0, 100))
          .isInstanceOf(StorageFailure.ChunkDamaged.class);
    }
    chunk.release();
    damaged.release();
  }

  @Test
  void decode_fewerFramesThanAsked_isChunkDamaged() {
    EncodedChunk chunk = encode(Compression.parse("off"), new byte[1000]);
    try (ZstdWorkspaces workspaces = new ZstdWorkspaces(Compression.DEFAULT)) {
      FrameDecoder decoder = new FrameDecoder(buffers, workspaces);
      assertThatThrownBy(() -> decoder.decode(frames(chunk, 0, 1, true), 0, 1001))
          .isInstanceOf(StorageFailure.ChunkDamaged.class);
    }
    chunk.release();
  }

  @Test
  void parse_settings() {
    assertThat(Compression.parse("auto")).isEqualTo(Compression.DEFAULT);
    assertThat(Compression.parse("ZSTD:9")).isEqualTo(new Compression(Compression.Mode.ALWAYS, 9));
    assertThatThrownBy(() -> Compression.parse("zstd:20"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Compression.parse("gzip"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("auto, off or zstd:LEVEL");
  }

  private EncodedChunk encode(Compression compression, byte[] plain) {
    try (ZstdWorkspaces workspaces = new ZstdWorkspaces(compression)) {
      return encoder(compression, workspaces).encode(ID, List.of(ByteBuffer.wrap(plain)));
    }
  }

  private ChunkEncoder encoder(Compression compression, ZstdWorkspaces workspaces) {
    return new ChunkEncoder(CLUSTER, compression, buffers, workspaces);
  }

  private static void assertFrameChecksums(EncodedChunk chunk) {
    int at = chunk.header().headLength();
    ByteBuffer record = chunk.record().nioBuffer().slice();
    for (var frame : chunk.header().frames()) {
      assertThat(ChunkRecord.crc32c(record, at, frame.storedLength())).isEqualTo(frame.crc32c());
      at += frame.storedLength();
    }
  }

  static StoredFrames frames(EncodedChunk chunk, int first, int count, boolean direct) {
    int at = chunk.header().headLength();
    for (int i = 0; i < first; i++) {
      at += chunk.header().frames().get(i).storedLength();
    }
    int length = 0;
    for (int i = first; i < first + count; i++) {
      length += chunk.header().frames().get(i).storedLength();
    }
    ByteBuf stored =
        direct
            ? chunk.record().retainedSlice(at, length)
            : Unpooled.copiedBuffer(chunk.record().nioBuffer(at, length));
    return new StoredFrames(chunk.header(), first, count, stored);
  }

  static byte[] take(List<ByteBuf> pieces) {
    ByteBuf all = Unpooled.buffer();
    for (ByteBuf piece : pieces) {
      all.writeBytes(piece, piece.readerIndex(), piece.readableBytes());
      piece.release();
    }
    byte[] bytes = new byte[all.readableBytes()];
    all.readBytes(bytes);
    return bytes;
  }

  private static byte[] bytes(Kind kind, int length, Random random) {
    byte[] bytes = new byte[length];
    switch (kind) {
      case RANDOM -> random.nextBytes(bytes);
      case ZEROS -> {}
      case TEXT -> text(bytes, 0, length, random);
      case MIXED -> {
        random.nextBytes(bytes);
        text(bytes, 0, length / 3, random);
      }
    }
    return bytes;
  }

  private static void text(byte[] bytes, int from, int to, Random random) {
    for (int i = from; i < to; i++) {
      bytes[i] = (byte) "the quick brown fox ".charAt(random.nextInt(20));
    }
  }

  private static List<ByteBuffer> split(byte[] plain, Random random) {
    List<ByteBuffer> pieces = new ArrayList<>();
    int at = 0;
    while (at < plain.length) {
      int length = Math.min(plain.length - at, 1 + random.nextInt(100_000));
      ByteBuffer piece = ByteBuffer.wrap(plain, at, length);
      if (random.nextInt(4) == 0) {
        piece = ByteBuffer.allocateDirect(length).put(piece).flip();
      }
      pieces.add(piece);
      at += length;
    }
    return pieces;
  }
}
