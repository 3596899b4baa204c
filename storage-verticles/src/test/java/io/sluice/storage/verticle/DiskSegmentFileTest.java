package io.sluice.storage.verticle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiskSegmentFileTest {
  private static final int MIN = DiskSegmentFile.DIRECT_BYTES_MIN;
  private static final int[] LENGTHS = {
    1, MIN - 1, MIN, MIN + 1, 4095, 4096, AlignedBuffers.BYTES, AlignedBuffers.BYTES + 8191
  };

  @TempDir Path directory;
  private final DiskFileLayer files = new DiskFileLayer();
  private final Random random = new Random(11);

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 64, 511, 512, 4095, 4096, 4097, 10_000})
  void write_largeFromAnyPlace_isWhatIsReadBack(int position) throws IOException {
    Path path = directory.resolve("file");
    try (SegmentFile file = files.create(path)) {
      byte[] before = bytes(position);
      file.write(new ByteBuffer[] {ByteBuffer.wrap(before)}, 0);
      byte[] large = bytes(2 * AlignedBuffers.BYTES + 5000);
      file.write(cut(large), position);
      file.force();
      assertThat(file.size()).isEqualTo(position + large.length);
      byte[] all = Files.readAllBytes(path);
      assertThat(Arrays.equals(all, 0, position, before, 0, position)).isTrue();
      assertThat(Arrays.equals(all, position, all.length, large, 0, large.length)).isTrue();
    }
  }

  /** Each write meets the last one within a block, and is read while that is in the cache. */
  @Test
  void write_oneBehindAnother_largeAndSmall_isWhatIsReadBack() throws IOException {
    byte[] model = new byte[0];
    Path path = directory.resolve("file");
    try (SegmentFile file = files.create(path)) {
      for (int round = 0; round < 3; round++) {
        for (int length : LENGTHS) {
          byte[] next = bytes(length);
          file.write(cut(next), model.length);
          int from = Math.max(0, model.length - 10_000);
          model = Arrays.copyOf(model, model.length + length);
          System.arraycopy(next, 0, model, model.length - length, length);
          ByteBuffer read = ByteBuffer.allocate(model.length - from);
          assertThat(file.read(read, from)).isEqualTo(model.length - from);
          assertThat(Arrays.equals(read.array(), 0, read.capacity(), model, from, model.length))
              .isTrue();
        }
      }
    }
    assertThat(Arrays.equals(Files.readAllBytes(path), model)).isTrue();
  }

  /** As after a failed fsync, or a crash: what was cut off does not shine through. */
  @Test
  void write_behindACut_isWhatIsReadBack() throws IOException {
    Path path = directory.resolve("file");
    byte[] first = bytes(2 * MIN + 100);
    byte[] second = bytes(MIN + 4097);
    int kept = MIN + 1234;
    try (SegmentFile file = files.create(path)) {
      file.write(cut(first), 0);
      file.truncate(kept);
    }
    try (SegmentFile file = files.open(path)) {
      file.write(cut(second), kept);
      file.force();
    }
    byte[] all = Files.readAllBytes(path);
    assertThat(all).hasSize(kept + second.length);
    assertThat(Arrays.equals(all, 0, kept, first, 0, kept)).isTrue();
    assertThat(Arrays.equals(all, kept, all.length, second, 0, second.length)).isTrue();
  }

  @Test
  void directWrites_takeWholeBlocksOnly() throws IOException {
    Path path = Files.createFile(directory.resolve("file"));
    DirectWrites direct = DirectWrites.openIfPossible(path);
    assumeTrue(direct != null, "this file system has no direct writes");
    try (var channel = direct.channel()) {
      ByteBuffer buffer = new AlignedBuffers().take(direct.blockBytes());
      buffer.limit(direct.blockBytes());
      assertThat(channel.write(buffer, 0)).isEqualTo(direct.blockBytes());
      assertThatIOException().isThrownBy(() -> channel.write(buffer.clear().limit(100), 0));
    }
  }

  @Test
  void write_whereDirectWritesAreNotToBeHad_goesThroughThePageCache() throws IOException {
    Path path = directory.resolve("file");
    byte[] large = bytes(2 * MIN);
    try (SegmentFile file = files.create(path)) {
      Files.delete(path); // so it can't be opened a second time
      assertThat(DirectWrites.openIfPossible(path)).isNull();
      file.write(cut(large), 3);
      ByteBuffer read = ByteBuffer.allocate(large.length);
      assertThat(file.read(read, 3)).isEqualTo(large.length);
      assertThat(Arrays.equals(read.array(), large)).isTrue();
    }
  }

  /** There are file systems (CephFS) whose blocks are longer than what is written directly. */
  @Test
  void write_shorterThanABlock_isWhatIsReadBack() throws IOException {
    byte[] before = bytes(100);
    byte[] large = bytes(MIN + 5000);
    Path path = directory.resolve("file");
    try (SegmentFile file = withBlocksOf(AlignedBuffers.BYTES, path)) {
      file.write(cut(before), 0);
      file.write(cut(large), before.length);
    }
    byte[] all = Files.readAllBytes(path);
    assertThat(all).hasSize(before.length + large.length);
    assertThat(Arrays.equals(all, before.length, all.length, large, 0, large.length)).isTrue();
  }

  /** There are file systems that open a file for direct writes, and refuse them then. */
  @Test
  void write_whereDirectWritesAreRefused_goesThroughThePageCache_andTriesThemNoMore()
      throws IOException {
    Path path = directory.resolve("file");
    byte[] large = bytes(2 * AlignedBuffers.BYTES + 5000);
    RefusingChannel refusing = new RefusingChannel("Invalid argument");
    try (SegmentFile file = opening(path, refusing)) {
      file.write(cut(large), 77);
      file.write(cut(large), 77L + large.length);
    }
    assertThat(refusing.writes).isEqualTo(1);
    byte[] all = Files.readAllBytes(path);
    assertThat(all).hasSize(77 + 2 * large.length);
    assertThat(Arrays.equals(all, 77, 77 + large.length, large, 0, large.length)).isTrue();
    assertThat(Arrays.equals(all, 77 + large.length, all.length, large, 0, large.length)).isTrue();
  }

  @Test
  void write_whereADirectWriteFailsOtherwise_fails() throws IOException {
    RefusingChannel refusing = new RefusingChannel("Input/output error");
    try (SegmentFile file = opening(directory.resolve("file"), refusing)) {
      assertThatIOException().isThrownBy(() -> file.write(cut(bytes(2 * MIN)), 0));
    }
  }

  private static SegmentFile opening(Path path, FileChannel direct) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    return new DiskSegmentFile(
        path, channel, new AlignedBuffers(), file -> new DirectWrites(direct, 4096));
  }

  /** A disk has thousands of sealed segments: each keeps one file descriptor, not two. */
  @Test
  void endWrites_closesWhatOnlyWritesNeed() throws IOException {
    Path path = directory.resolve("file");
    byte[] large = bytes(MIN);
    try (DiskSegmentFile file = withBlocksOf(4096, path)) {
      file.write(cut(large), 0);
      assumeTrue(opened != null, "this file system has no direct writes");
      file.endWrites();
      assertThat(opened.channel().isOpen()).isFalse();
      ByteBuffer read = ByteBuffer.allocate(MIN);
      assertThat(file.read(read, 0)).isEqualTo(MIN);
      assertThat(Arrays.equals(read.array(), large)).isTrue();
    }
  }

  private @Nullable DirectWrites opened;

  private DiskSegmentFile withBlocksOf(int blockBytes, Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    return new DiskSegmentFile(
        path,
        channel,
        new AlignedBuffers(),
        file -> {
          DirectWrites direct = DirectWrites.openIfPossible(file);
          opened = direct == null ? null : new DirectWrites(direct.channel(), blockBytes);
          return opened;
        });
  }

  @Test
  void alignedBuffers_givenBack_areUsedAgain_whereTheyFit() {
    AlignedBuffers buffers = new AlignedBuffers();
    ByteBuffer first = buffers.take(4096);
    assertThat(first.remaining()).isGreaterThanOrEqualTo(AlignedBuffers.BYTES);
    assertThat(first.alignmentOffset(0, 4096)).isZero();
    buffers.giveBack(first.limit(7).position(3));
    ByteBuffer again = buffers.take(512);
    assertThat(again).isSameAs(first);
    assertThat(again.position()).isZero();
    assertThat(buffers.take(512)).isNotSameAs(first);
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** The bytes in pieces, some on the heap, some not, some empty. */
  private ByteBuffer[] cut(byte[] bytes) {
    int first = bytes.length / 3;
    ByteBuffer middle = ByteBuffer.allocateDirect(bytes.length / 2);
    middle.put(bytes, first, middle.capacity()).flip();
    int last = first + middle.capacity();
    return new ByteBuffer[] {
      ByteBuffer.wrap(bytes, 0, first),
      ByteBuffer.allocate(0),
      middle,
      ByteBuffer.wrap(bytes, last, bytes.length - last)
    };
  }
}
