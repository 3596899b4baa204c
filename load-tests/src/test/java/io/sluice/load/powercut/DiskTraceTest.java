package io.sluice.load.powercut;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.load.powercut.DiskTrace.DirectoryRule;
import io.sluice.load.powercut.FileState.Extent;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Lines as strace 6.1 prints them, and what they make durable. */
class DiskTraceTest {

  private DiskTrace trace = trace(DirectoryRule.JOURNALED, Map.of());

  @Test
  void read_writeAndFsync_isDurable() {
    feed(
        "7 openat(AT_FDCWD</w>, \"/d/a\", O_WRONLY|O_CREAT, 0666) = 4</d/a>",
        "7 write(4</d/a>, \"\"..., 10)             = 10",
        "7 writev(4</d/a>, [...], 2)             = 150",
        "7 fdatasync(4</d/a>)                    = 0");
    assertThat(file("/d/a").syncedSize()).isEqualTo(160);
    assertThat(file("/d/a").losable(160)).isEmpty();
    assertThat(trace.changes()).isEmpty();
  }

  @Test
  void read_writeAfterFsync_isLosable() {
    feed(
        "7 openat(AT_FDCWD</w>, \"/d/a\", O_WRONLY|O_CREAT, 0666) = 4</d/a>",
        "7 write(4</d/a>, \"\"..., 10) = 10",
        "7 fsync(4</d/a>) = 0",
        "7 pwrite64(4</d/a>, \"\"..., 6, 8) = 6");
    assertThat(file("/d/a").syncedSize()).isEqualTo(10);
    assertThat(file("/d/a").losable(14)).containsExactly(new Extent(8, 14), new Extent(10, 14));
    assertThat(file("/d/a").replacesDurable(new Extent(8, 9))).isTrue();
    assertThat(file("/d/a").replacesDurable(new Extent(10, 14))).isFalse();
  }

  @Test
  void read_writeThatEndsAfterAnFsyncBegan_isNotCoveredByIt() {
    feed(
        "7 openat(AT_FDCWD</w>, \"/d/a\", O_WRONLY|O_CREAT, 0666) = 4</d/a>",
        "7 write(4</d/a>, \"\"..., 10) = 10",
        "8 fsync(4</d/a> <unfinished ...>",
        "7 write(4</d/a>, \"\"..., 20 <unfinished ...>",
        "7 <... write resumed>) = 20",
        "8 <... fsync resumed>) = 0");
    assertThat(file("/d/a").syncedSize()).isEqualTo(10);
    assertThat(file("/d/a").size()).isEqualTo(30);
  }

  @Test
  void read_fsyncThatNeverEnded_makesNothingDurable() {
    feed(
        "7 openat(AT_FDCWD</w>, \"/d/a\", O_WRONLY|O_CREAT, 0666) = 4</d/a>",
        "7 write(4</d/a>, \"\"..., 10) = 10",
        "7 fsync(4</d/a> <unfinished ...>",
        "7 <... fsync resumed>) = ?",
        "7 +++ killed by SIGKILL +++");
    assertThat(file("/d/a").syncedSize()).isZero();
    assertThat(trace.changes()).hasSize(1);
  }

  @Test
  void read_failedFsync_makesNothingDurable() {
    feed(
        "7 openat(AT_FDCWD</w>, \"/d/a\", O_WRONLY|O_CREAT, 0666) = 4</d/a>",
        "7 write(4</d/a>, \"\"..., 10) = 10",
        "7 fsync(4</d/a>) = -1 EIO (Input/output error)");
    assertThat(file("/d/a").syncedSize()).isZero();
  }

  @Test
  void read_interruptedWritev_countsItsLengthOnce() {
    feed(
        "7 openat(AT_FDCWD</w>, \"/d/a\", O_WRONLY|O_CREAT, 0666) = 4</d/a>",
        "7 writev(4</d/a>, [...], 2 <unfinished ...>",
        "8 close(9</x>) = 0",
        "7 <... writev resumed>)                 = 150",
        "7 lseek(4</d/a>, 0, SEEK_SET)           = 0",
        "7 write(4</d/a>, \"\"..., 10)             = 10");
    assertThat(file("/d/a").size()).isEqualTo(150);
  }

  @Test
  void read_appendToExistingFile_startsAtItsEnd() {
    trace = trace(DirectoryRule.JOURNALED, Map.of("/d/a", 100L));
    feed(
        "7 openat(AT_FDCWD</w>, \"/d/a\", O_WRONLY|O_CREAT|O_APPEND, 0666) = 4</d/a>",
        "7 write(4</d/a>, \"\"..., 10) = 10");
    assertThat(file("/d/a").syncedSize()).isEqualTo(100);
    assertThat(file("/d/a").losable(110)).contains(new Extent(100, 110));
    assertThat(trace.changes()).isEmpty();
  }

  @Test
  void read_renameThenFsyncOfAnotherFile_isDurableOnlyWhenJournaled() {
    String[] lines = {
      "7 openat(AT_FDCWD</w>, \"/d/a\", O_WRONLY|O_CREAT, 0666) = 4</d/a>",
      "7 rename(\"/d/a\", \"/d/b\") = 0",
      "7 openat(AT_FDCWD</w>, \"/d/c\", O_WRONLY) = 5</d/c>",
      "7 fsync(5</d/c>) = 0"
    };
    feed(lines);
    assertThat(trace.changes()).isEmpty();
    trace = trace(DirectoryRule.STRICT, Map.of());
    feed(lines);
    assertThat(trace.changes()).hasSize(2);
    feed(
        "7 openat(AT_FDCWD</w>, \"/d\", O_RDONLY) = 6</d>",
        "7 fsync(6</d>)                          = 0");
    assertThat(trace.changes()).isEmpty();
    assertThat(trace.files()).containsKey("/d/b").doesNotContainKey("/d/a");
  }

  @Test
  void read_truncate_forgetsWhatWasBehindIt() {
    feed(
        "7 openat(AT_FDCWD</w>, \"/d/a\", O_WRONLY|O_CREAT, 0666) = 4</d/a>",
        "7 write(4</d/a>, \"\"..., 100) = 100",
        "7 fsync(4</d/a>) = 0",
        "7 ftruncate(4</d/a>, 30)       = 0");
    assertThat(file("/d/a").size()).isEqualTo(30);
    assertThat(file("/d/a").syncedSize()).isEqualTo(30);
  }

  private static DiskTrace trace(DirectoryRule rule, Map<String, Long> before) {
    return new DiskTrace("/d", rule, path -> before.getOrDefault(path, -1L));
  }

  private void feed(String... lines) {
    StraceReader reader = new StraceReader(trace);
    for (String line : lines) {
      reader.line(line);
    }
  }

  private FileState file(String path) {
    return trace.files().get(path);
  }
}
