package io.sluice.storage.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ChunkIdTest {
  @Property(tries = 300)
  void of_keepsItsFields(
      @ForAll @IntRange(min = 0, max = 255) int pool,
      @ForAll @IntRange(min = 0, max = 65_535) int partition,
      @ForAll @LongRange(min = 0, max = (1L << 48) - 1) long stampMs,
      @ForAll long random) {
    ChunkId id = ChunkId.of(pool, partition, stampMs, random);
    assertThat(id.version()).isEqualTo(1);
    assertThat(id.pool()).isEqualTo(pool);
    assertThat(id.partition()).isEqualTo(partition);
    assertThat(id.stampMs()).isEqualTo(stampMs);
    assertThat(id.low() & ((1L << 48) - 1)).isEqualTo(random & ((1L << 48) - 1));
  }

  @Property(tries = 300)
  void bytes_roundTrip_andOrderAsIdsDo(
      @ForAll long highA, @ForAll long lowA, @ForAll long highB, @ForAll long lowB) {
    ChunkId a = new ChunkId(highA, lowA);
    ChunkId b = new ChunkId(highB, lowB);
    assertThat(ChunkId.from(a.toByteString())).isEqualTo(a);
    assertThat(Integer.signum(a.compareTo(b)))
        .isEqualTo(Integer.signum(Arrays.compareUnsigned(a.toBytes(), b.toBytes())));
    assertThat(a.toString()).hasSize(32).matches("[0-9a-f]+");
  }

  @Test
  void of_outOfRange_isRefused() {
    assertThatThrownBy(() -> ChunkId.of(256, 0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ChunkId.of(-1, 0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ChunkId.of(0, 65_536, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void from_wrongLength_isRefused() {
    assertThatThrownBy(() -> ChunkId.from(ByteString.copyFrom(new byte[15])))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ChunkId.from(ByteString.copyFrom(new byte[17])))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
