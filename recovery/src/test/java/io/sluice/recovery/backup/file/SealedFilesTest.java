package io.sluice.recovery.backup.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.sluice.recovery.backup.MemoryTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sealed files give back what was put in, or nothing. */
class SealedFilesTest {
  private static final UUID CLUSTER = new UUID(1, 2);
  private static final int SEGMENT = Sealing.SEGMENT + Sealing.TAG;

  private final MemoryTarget target = new MemoryTarget();
  private final TargetKey key = key(1);
  private final BackupFiles files = new BackupFiles(target, CLUSTER, key);

  private static TargetKey key(long seed) {
    byte[] bytes = new byte[TargetKey.LENGTH];
    new Random(seed).nextBytes(bytes);
    return TargetKey.of(bytes);
  }

  private static String stored(String name) {
    return BackupFiles.ROOT + CLUSTER + "/" + name;
  }

  private byte[] write(String name, int length, Random random) throws IOException {
    byte[] plain = new byte[length];
    random.nextBytes(plain);
    try (BackupOutput output = files.create(name)) {
      for (int at = 0; at < length; ) {
        int piece = Math.min(length - at, 1 + random.nextInt(100_000));
        output.write(ByteBuffer.wrap(plain, at, piece));
        at += piece;
      }
      FileEntry entry = output.commit();
      byte[] there = target.files().get(stored(name));
      assertThat(entry.size()).isEqualTo(there.length);
      assertThat(entry.sha256())
          .isEqualTo(HexFormat.of().formatHex(Sealing.sha256().digest(there)));
    }
    return plain;
  }

  private byte[] read(String name) throws IOException {
    try (BackupInput input = files.open(name)) {
      return input.read(0, (int) input.size()).array();
    }
  }

  @Property(tries = 30)
  void anyLength_anyRange_comesBack(
      @ForAll @IntRange(max = 700_000) int random, @ForAll @IntRange(max = 6) int whole)
      throws IOException {
    Random source = new Random(random);
    int length = whole < 5 ? whole * Sealing.SEGMENT + random % 3 : random;
    byte[] plain = write("a", length, source);
    assertThat(Arrays.equals(read("a"), plain)).isTrue();
    try (BackupInput input = files.open("a")) {
      assertThat(input.size()).isEqualTo(length);
      for (int i = 0; i < 5; i++) {
        int from = source.nextInt(length + 1);
        int to = from + source.nextInt(length + 1 - from);
        byte[] range = input.read(from, to - from).array();
        assertThat(Arrays.equals(range, Arrays.copyOfRange(plain, from, to))).isTrue();
      }
    }
    target.files().clear();
  }

  @Property(tries = 60)
  void flippedBit_anywhere_isFound(@ForAll Random random) throws IOException {
    write("a", random.nextInt(200_000), random);
    byte[] there = target.files().get(stored("a"));
    there[random.nextInt(there.length)] ^= (byte) (1 << random.nextInt(8));
    assertThatThrownBy(() -> read("a")).isInstanceOf(IOException.class);
    target.files().clear();
  }

  @Property(tries = 40)
  void truncated_anywhere_isFound(@ForAll Random random) throws IOException {
    write("a", random.nextInt(200_000), random);
    byte[] there = target.files().get(stored("a"));
    int length =
        random.nextBoolean()
            ? random.nextInt(there.length)
            : Math.min(there.length - 1, Sealing.HEAD + random.nextInt(4) * SEGMENT);
    target.files().put(stored("a"), Arrays.copyOf(there, length));
    assertThatThrownBy(() -> read("a")).isInstanceOf(IOException.class);
    target.files().clear();
  }

  @Test
  void segments_inAnotherOrder_areFound() throws IOException {
    write("a", 3 * Sealing.SEGMENT, new Random(1));
    byte[] there = target.files().get(stored("a"));
    byte[] first = Arrays.copyOfRange(there, Sealing.HEAD, Sealing.HEAD + SEGMENT);
    System.arraycopy(there, Sealing.HEAD + SEGMENT, there, Sealing.HEAD, SEGMENT);
    System.arraycopy(first, 0, there, Sealing.HEAD + SEGMENT, SEGMENT);
    assertThatThrownBy(() -> read("a")).isInstanceOf(DamagedFileException.class);
  }

  @Test
  void file_underAnothersName_isFound() throws IOException {
    write("a", 1000, new Random(1));
    target.files().put(stored("b"), target.files().get(stored("a")));
    assertThatThrownBy(() -> read("b"))
        .isInstanceOf(DamagedFileException.class)
        .hasMessageContaining("another file's");
  }

  @Test
  void open_anotherKey_isOneClearLine() throws IOException {
    write("a", 1000, new Random(1));
    TargetKey other = key(2);
    assertThatThrownBy(() -> new BackupFiles(target, CLUSTER, other).open("a"))
        .isInstanceOf(DamagedFileException.class)
        .hasMessageContaining(key.id())
        .hasMessageContaining(other.id());
  }

  @Test
  void open_plainFileWhereSealedOnesAre_isRefused() throws IOException {
    try (BackupOutput output = new BackupFiles(target, CLUSTER, null).create("a")) {
      output.write(ByteBuffer.allocate(500));
      output.commit();
    }
    assertThatThrownBy(() -> files.open("a"))
        .isInstanceOf(DamagedFileException.class)
        .hasMessageContaining("not encrypted");
  }

  @Test
  void sameContentTwice_sealedDifferently() throws IOException {
    write("a", 1000, new Random(1));
    write("b", 1000, new Random(1));
    assertThat(target.files().get(stored("a"))).isNotEqualTo(target.files().get(stored("b")));
  }

  @Test
  void summed_oneReading_isTheStoredBytes() throws IOException {
    byte[] plain = write("a", 300_000, new Random(1));
    target.clearCounts();
    try (SummedInput summed = files.openSummed("a")) {
      byte[] all = summed.input().read(0, plain.length).array();
      assertThat(Arrays.equals(all, plain)).isTrue();
      assertThat(summed.sha256())
          .isEqualTo(
              HexFormat.of().formatHex(Sealing.sha256().digest(target.files().get(stored("a")))));
    }
    assertThat(target.bytesRead()).isEqualTo(target.files().get(stored("a")).length);
  }

  @Test
  void load_keyFiles(@TempDir Path directory) throws IOException {
    byte[] bytes = new byte[TargetKey.LENGTH];
    new Random(1).nextBytes(bytes);
    Path file = directory.resolve("key");
    Files.writeString(file, Base64.getEncoder().encodeToString(bytes) + "\n");
    assertThat(TargetKey.load(file).id()).isEqualTo(TargetKey.of(bytes).id());
    Files.writeString(file, " " + HexFormat.of().formatHex(bytes) + "\r\n");
    assertThat(TargetKey.load(file).id()).isEqualTo(TargetKey.of(bytes).id());
    for (String wrong : new String[] {"", "secret-phrase", "ab".repeat(31), "x".repeat(5000)}) {
      Files.writeString(file, wrong);
      assertThatThrownBy(() -> TargetKey.load(file))
          .isInstanceOf(IllegalArgumentException.class)
          .message()
          .doesNotContain("secret-phrase");
    }
  }

  /** Whoever opens a pipe waits until somebody writes into it. */
  @Test
  void load_pipe_isRefusedAtOnce(@TempDir Path directory) throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThatThrownBy(() -> TargetKey.load(pipe))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a regular file"));
  }

  @Test
  void toString_neverShowsTheKey() {
    assertThat(key.toString()).isEqualTo("key " + key.id());
  }
}
