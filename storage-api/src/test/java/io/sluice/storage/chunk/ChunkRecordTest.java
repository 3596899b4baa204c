package io.sluice.storage.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.storage.chunk.ChunkRecord.MalformedRecordException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ChunkRecordTest {
  private static final UUID CLUSTER = new UUID(5, 6);

  @Provide
  Arbitrary<ChunkHeader> headers() {
    return Combinators.combine(
            Arbitraries.longs(),
            Arbitraries.longs(),
            Arbitraries.integers().between(0, ChunkRecord.PLAIN_MAX),
            Arbitraries.randomValue(random -> random))
        .as(
            (high, low, plain, random) -> {
              List<ChunkFrame> frames = new ArrayList<>();
              for (int i = 0; i < ChunkRecord.frameCount(plain); i++) {
                int length = Math.min(ChunkRecord.FRAME_PLAIN, plain - i * ChunkRecord.FRAME_PLAIN);
                boolean compressed = random.nextBoolean();
                int stored = compressed ? 1 + random.nextInt(length) : length;
                frames.add(new ChunkFrame(stored, compressed, random.nextInt()));
              }
              return new ChunkHeader(new ChunkId(high, low), CLUSTER, false, plain, frames);
            });
  }

  private static byte[] encode(ChunkHeader header) {
    ByteBuffer bytes = ByteBuffer.allocate(header.headLength());
    ChunkRecord.writeHead(header, bytes);
    assertThat(bytes.hasRemaining()).isFalse();
    return bytes.array();
  }

  @Property(tries = 200)
  void head_roundTrip(@ForAll("headers") ChunkHeader header, @ForAll boolean direct)
      throws MalformedRecordException {
    byte[] encoded = encode(header);
    int shift = 3;
    ByteBuffer bytes =
        direct
            ? ByteBuffer.allocateDirect(encoded.length + 9)
            : ByteBuffer.allocate(encoded.length + 9);
    bytes.position(shift).put(encoded).clear().position(shift);
    assertThat(ChunkRecord.checkFixedHead(bytes, shift)).isEqualTo(header.headLength());
    assertThat(bytes.position()).isEqualTo(shift);
    assertThat(ChunkRecord.readHead(bytes)).isEqualTo(header);
    assertThat(bytes.position()).isEqualTo(shift + encoded.length);
  }

  @Property(tries = 300)
  void head_anyByteChanged_isMalformed(
      @ForAll("headers") ChunkHeader header,
      @ForAll @IntRange(min = 0, max = 10_000) int seed,
      @ForAll @IntRange(min = 1, max = 255) int by) {
    byte[] encoded = encode(header);
    encoded[seed % encoded.length] ^= (byte) by;
    assertThatThrownBy(() -> ChunkRecord.readHead(ByteBuffer.wrap(encoded)))
        .isInstanceOf(MalformedRecordException.class);
  }

  @Property(tries = 200)
  void head_cutAnywhere_isMalformed(
      @ForAll("headers") ChunkHeader header, @ForAll @IntRange(min = 0, max = 10_000) int seed) {
    byte[] encoded = encode(header);
    byte[] cut = Arrays.copyOf(encoded, seed % encoded.length);
    assertThatThrownBy(() -> ChunkRecord.readHead(ByteBuffer.wrap(cut)))
        .isInstanceOf(MalformedRecordException.class);
  }

  @Property(tries = 500)
  void head_anyBytes_areMalformedAndNothingElse(@ForAll @Size(max = 400) byte[] bytes) {
    assertThatThrownBy(() -> ChunkRecord.readHead(ByteBuffer.wrap(bytes)))
        .isInstanceOf(MalformedRecordException.class);
  }

  /** A head with right checksums can still lie: about lengths, frames, or its version. */
  @Property(tries = 500)
  void head_hostileButChecksummed_isMalformedOrConsistent(
      @ForAll @IntRange(min = 4, max = 71) int at, @ForAll int value) {
    ChunkHeader header =
        new ChunkHeader(
            ChunkId.of(0, 1, 2, 3), CLUSTER, false, 100, List.of(new ChunkFrame(60, true, 1)));
    ByteBuffer bytes = ByteBuffer.wrap(encode(header));
    bytes.putInt(Math.min(at, 68), value);
    bytes.putInt(76, ChunkRecord.crc32c(bytes, 0, 76));
    try {
      ChunkHeader read = ChunkRecord.readHead(bytes);
      assertThat(read.frames()).hasSize(ChunkRecord.frameCount(read.plainLength()));
      assertThat(read.bodyLength()).isBetween(0, ChunkRecord.PLAIN_MAX);
      assertThat(read.recordLength()).isBetween(ChunkRecord.FIXED_HEAD, ChunkRecord.RECORD_MAX);
    } catch (MalformedRecordException e) {
      assertThat(e).hasMessageMatching(".+");
    }
  }

  @Test
  void tombstone_withBytes_isMalformed() {
    ChunkHeader header =
        new ChunkHeader(
            ChunkId.of(0, 1, 2, 3), CLUSTER, true, 100, List.of(new ChunkFrame(100, false, 1)));
    byte[] encoded = encode(header);
    assertThatThrownBy(() -> ChunkRecord.readHead(ByteBuffer.wrap(encoded)))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("tombstone");
  }

  @Test
  void tombstone_roundTrip() throws MalformedRecordException {
    ChunkHeader header = new ChunkHeader(ChunkId.of(0, 1, 2, 3), CLUSTER, true, 0, List.of());
    assertThat(header.recordLength()).isEqualTo(ChunkRecord.FIXED_HEAD);
    assertThat(ChunkRecord.readHead(ByteBuffer.wrap(encode(header)))).isEqualTo(header);
  }

  @Test
  void largestRecord_isAsLongAsSaid() {
    ChunkFrame frame = new ChunkFrame(ChunkRecord.FRAME_STORED_MAX, false, 0);
    ChunkHeader header =
        new ChunkHeader(
            ChunkId.of(0, 1, 2, 3),
            CLUSTER,
            false,
            ChunkRecord.PLAIN_MAX,
            java.util.Collections.nCopies(ChunkRecord.FRAMES_MAX, frame));
    assertThat(header.recordLength()).isEqualTo(ChunkRecord.RECORD_MAX);
    assertThat(header.framePlainLength(15)).isEqualTo(ChunkRecord.FRAME_PLAIN);
  }
}
