package io.sluice.storage.verticle;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.EncodedChunk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordScannerTest {
  private static final int[] LENGTHS = {0, 1, 60, 200, 7};

  private final List<Integer> ends = new ArrayList<>();
  private final byte[] segment = segment(ends);

  private static byte[] segment(List<Integer> ends) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[SegmentHeader.LENGTH]);
    for (int i = 0; i < LENGTHS.length; i++) {
      out.writeBytes(record(Chunks.id(i), Chunks.plain(Chunks.id(i), LENGTHS[i])));
      ends.add(out.size());
    }
    return out.toByteArray();
  }

  private static byte[] record(ChunkId id, byte[] plain) {
    EncodedChunk chunk = Chunks.chunk(id, Chunks.CLUSTER, plain);
    byte[] bytes = new byte[chunk.record().readableBytes()];
    chunk.record().getBytes(0, bytes);
    chunk.release();
    return bytes;
  }

  private static final class Found implements RecordScanner.Visitor {
    final List<ChunkId> ids = new ArrayList<>();
    final List<Integer> damage = new ArrayList<>();
    long end;

    @Override
    public void record(ChunkHeader header, int offset) {
      ids.add(header.id());
    }

    @Override
    public void damage(@Nullable ChunkHeader header, int offset) {
      damage.add(offset);
    }
  }

  private static Found scan(byte[] bytes) throws IOException {
    Found found = new Found();
    RecordScanner scanner = new RecordScanner(new MemoryFile(bytes), Chunks.CLUSTER);
    found.end = scanner.scan(SegmentHeader.LENGTH, bytes.length, true, true, found);
    return found;
  }

  private void assertAllBefore(int cut, Found found) {
    int whole = (int) ends.stream().filter(end -> end <= cut).count();
    assertThat(found.ids).hasSize(whole);
    assertThat(found.damage).isEmpty();
    assertThat(found.end).isEqualTo(whole == 0 ? SegmentHeader.LENGTH : ends.get(whole - 1));
  }

  @Test
  void scan_cutAtEveryByte_findsWhatIsWholeAndNothingElse() throws IOException {
    for (int cut = SegmentHeader.LENGTH; cut <= segment.length; cut++) {
      assertAllBefore(cut, scan(Arrays.copyOf(segment, cut)));
    }
  }

  @Test
  void scan_zerosFromEveryByte_findsWhatIsWholeAndNothingElse() throws IOException {
    for (int cut = SegmentHeader.LENGTH; cut <= segment.length; cut++) {
      byte[] torn = Arrays.copyOf(Arrays.copyOf(segment, cut), segment.length + 4096);
      // A byte that is zero anyway does not make the record before it torn.
      int same = cut;
      while (same < segment.length && segment[same] == 0) {
        same++;
      }
      assertAllBefore(same, scan(torn));
    }
  }

  @Test
  void scan_garbageFromEveryByte_findsWhatIsWholeAndNothingElse() throws IOException {
    Random random = new Random(7);
    for (int cut = SegmentHeader.LENGTH; cut < segment.length; cut++) {
      byte[] torn = new byte[segment.length + 500];
      random.nextBytes(torn);
      System.arraycopy(segment, 0, torn, 0, cut);
      torn[cut] = (byte) ~segment[cut];
      assertAllBefore(cut, scan(torn));
    }
  }

  @Property(tries = 300)
  void scan_oneByteFlipped_losesOneRecordAndFindsTheRest(
      @ForAll @IntRange(min = 0, max = 4000) int seed, @ForAll @IntRange(min = 1, max = 255) int by)
      throws IOException {
    int last = ends.get(ends.size() - 2);
    int at = SegmentHeader.LENGTH + seed % (last - SegmentHeader.LENGTH);
    byte[] damaged = segment.clone();
    damaged[at] ^= (byte) by;
    Found found = scan(damaged);
    assertThat(found.ids).hasSize(LENGTHS.length - 1);
    assertThat(found.damage).hasSize(1);
    assertThat(found.end).isEqualTo(segment.length);
  }

  @Property(tries = 300)
  void scan_anyBytes_neverFails(@ForAll @Size(max = 2000) byte[] bytes) throws IOException {
    byte[] file = new byte[SegmentHeader.LENGTH + bytes.length];
    System.arraycopy(bytes, 0, file, SegmentHeader.LENGTH, bytes.length);
    assertThat(scan(file).ids).isEmpty();
  }

  @Test
  void scan_recordsInsideATornRecord_areNotTakenForRecords() throws IOException {
    byte[] inner = record(Chunks.id(99), Chunks.plain(Chunks.id(99), 20));
    byte[] outer = record(Chunks.id(50), Arrays.copyOf(inner, inner.length + 100));
    byte[] torn = Arrays.copyOf(segment, segment.length + outer.length - 1);
    System.arraycopy(outer, 0, torn, segment.length, outer.length - 1);
    Found found = scan(torn);
    assertThat(found.ids).hasSize(LENGTHS.length).doesNotContain(Chunks.id(99));
    assertThat(found.end).isEqualTo(segment.length);
  }

  @Test
  void scan_recordOfAnotherCluster_isNotOurs() throws IOException {
    Found found = new Found();
    RecordScanner scanner = new RecordScanner(new MemoryFile(segment), new UUID(1, 1));
    scanner.scan(SegmentHeader.LENGTH, segment.length, true, true, found);
    assertThat(found.ids).isEmpty();
  }
}
