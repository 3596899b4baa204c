package io.sluice.recovery.backup.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.MemoryTarget;
import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.TestBackup;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.storage.proto.Part;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrialRestoreTest {
  private static final int OBJECTS = 60;
  private static final int SIZE = 100_000;
  private static final long SPACE = 500_000;

  @TempDir private Path directory;

  private final MemoryTarget target = new MemoryTarget();
  private final TestBackup backup = new TestBackup(target, null);
  private final AtomicLong most = new AtomicLong();
  private BackupSet set;

  @BeforeEach
  void backUp() throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    for (int i = 0; i < OBJECTS; i++) {
      backup.object(7, "dir-" + i + "/key", random(SIZE, i), 30_000);
    }
    backup.object(7, "large", random(300_000, 1), 30_000);
    set = backup.finish();
  }

  @AfterEach
  void close() throws IOException {
    backup.close();
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private TrialResult run(double share, long seed, long space) throws IOException {
    return new TrialRestore(
            backup.files(),
            backup.catalog().chain(set),
            new TrialTerms(share, seed, space),
            bytes -> most.accumulateAndGet(used(), Math::max))
        .run(directory, (objects, bytes) -> most.accumulateAndGet(used(), Math::max));
  }

  /** Bytes that lie in the directory; what goes meanwhile does not count. */
  private long used() {
    long[] sum = {0};
    try (Stream<Path> all = Files.walk(directory)) {
      all.map(Path::toFile).filter(file -> file.isFile()).forEach(file -> sum[0] += file.length());
    } catch (IOException | UncheckedIOException e) {
      return sum[0];
    }
    return sum[0];
  }

  private long filesLeft() throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).count();
    }
  }

  @Test
  void run_everything_takesNoMoreThanItsSpace_andLeavesNothing() throws IOException {
    TrialResult result = run(1, 1, SPACE);
    assertThat(result.restored().complete()).as("%s", result.restored().problems()).isTrue();
    assertThat(result.restored().objects()).isEqualTo(OBJECTS);
    assertThat(result.restored().bytes()).isEqualTo((long) OBJECTS * SIZE);
    assertThat(result.leftOut()).as("larger than half of the space").isEqualTo(1);
    assertThat(most.get()).isBetween((long) SIZE, SPACE);
    assertThat(filesLeft()).isZero();
  }

  @Test
  void run_sample_isTheSameForASeed_andNeverNothing() throws IOException {
    long drawn = run(0.3, 5, 10 * SPACE).restored().objects();
    assertThat(drawn).isBetween(5L, 40L);
    assertThat(run(0.3, 5, 10 * SPACE).restored().objects()).isEqualTo(drawn);
    assertThat(run(1e-9, 5, 10 * SPACE).restored().objects()).isEqualTo(1);
  }

  @Test
  void run_damagedPack_namesTheObject_andGoesOn() throws IOException {
    String pack = BackupFiles.ROOT + TestBackup.CLUSTER + "/" + set.packs().get(0).id().file();
    byte[] bytes = target.files().get(pack);
    bytes[bytes.length / 2] ^= 1;
    TrialResult result = run(1, 1, 10 * SPACE);
    assertThat(result.restored().complete()).isFalse();
    assertThat(result.restored().failed()).isEqualTo(1);
    assertThat(result.restored().objects()).isEqualTo(OBJECTS);
    assertThat(result.restored().problems().get(0).name()).startsWith("photos/");
    assertThat(filesLeft()).isZero();
  }

  /** The backup's own checksums are right, and what its rows say was uploaded is something else. */
  @Test
  void run_contentIsNotWhatWasUploaded_isFound() throws IOException {
    backup.begin(SetKind.INCREMENTAL);
    byte[] content = random(10, 1);
    Part other =
        backup.part(content, 100).toBuilder().setMd5(ByteString.copyFrom(new byte[16])).build();
    backup.object(7, "wrong", content, other);
    set = backup.finish();
    TrialResult result = run(1, 1, 10 * SPACE);
    assertThat(result.restored().problems())
        .containsExactly(
            new FileRestoreResult.Problem(
                "photos/wrong", "its bytes are not those that were uploaded"));
  }

  @Test
  void run_gateThrows_ends() {
    TrialRestore trial =
        new TrialRestore(
            backup.files(),
            List.of(set),
            new TrialTerms(1, 1, SPACE),
            bytes -> {
              throw new IOException("the node is stopping");
            });
    assertThatThrownBy(() -> trial.run(directory, (objects, bytes) -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("stopping");
  }
}
