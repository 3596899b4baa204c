package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.util.SizeInBytes;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Real log files, as a running node had written them, damaged at every byte of their end. */
@TestInstance(Lifecycle.PER_CLASS)
class LogRepairTest {
  private static final int COMMANDS = 8;

  /** What a power cut may leave from some byte on. */
  private enum Damage {
    CUT,
    ZEROS,
    GARBAGE,
    ONE_PAGE_OF_ZEROS;

    byte[] apply(byte[] whole, int from, int end) {
      byte[] torn = this == CUT ? Arrays.copyOf(whole, from) : whole.clone();
      switch (this) {
        case CUT -> {}
        case ZEROS -> Arrays.fill(torn, from, end, (byte) 0);
        case GARBAGE -> {
          byte[] garbage = new byte[end - from];
          new Random(from).nextBytes(garbage);
          System.arraycopy(garbage, 0, torn, from, garbage.length);
        }
        case ONE_PAGE_OF_ZEROS -> Arrays.fill(torn, from, Math.min(end, from + 16), (byte) 0);
      }
      return torn;
    }
  }

  @TempDir static Path directory;
  private Path crashed;
  private byte[] whole;

  /** Where the entry with each index ends. */
  private final List<Integer> ends = new ArrayList<>();

  private int end;
  private int lastFsynced;

  @BeforeAll
  void writeLog() throws IOException {
    crashed = directory.resolve("crashed");
    Path running = directory.resolve("running");
    try (TestNode node = TestNode.open(running)) {
      for (int i = 0; i < COMMANDS; i++) {
        node.put(0, "key" + i, "value" + i);
      }
      // The last command's commit is noted behind it a moment after it was acknowledged.
      Awaitility.await().until(() -> endsWithItsCommit(logFile(running)));
      TestNode.copy(running, crashed);
    }
    whole = Files.readAllBytes(logFile(crashed));
    LogEntries entries = new LogEntries(whole);
    int offset = LogEntries.MAGIC.length;
    LogEntries.Entry entry;
    while ((entry = entries.at(offset)) != null) {
      offset = entry.next();
      ends.add(offset);
      if (entry.body().hasMetadataEntry()) {
        lastFsynced = ends.size() - 2;
      }
    }
    end = offset;
    // A little of the reserved space is enough; the tests write this often.
    whole = Arrays.copyOf(whole, end + 64);
    assertThat(ends).hasSizeGreaterThan(COMMANDS);
  }

  private static boolean endsWithItsCommit(Path file) throws IOException {
    LogEntries entries = new LogEntries(Files.readAllBytes(file));
    LogEntries.Entry last = null;
    LogEntries.Entry next = entries.at(LogEntries.MAGIC.length);
    while (next != null) {
      last = next;
      next = entries.at(next.next());
    }
    return last != null
        && last.body().getMetadataEntry().getCommitIndex() == last.body().getIndex() - 1;
  }

  @Test
  void run_untouchedLog_changesNothing() throws IOException {
    Path log = logOf(whole);
    new LogRepair(log, 0).run(ends.size() - 1, 0);
    assertThat(readByRatis(log)).hasSize(ends.size());
  }

  @Test
  void run_tornAtAnyByteOfTheEnd_cutsThereAndRatisReadsIt() throws IOException {
    int entriesBefore = ends.size() - 4;
    for (Damage damage : List.of(Damage.CUT, Damage.ZEROS, Damage.GARBAGE)) {
      for (int from = ends.get(entriesBefore - 1); from < end; from++) {
        int at = from;
        Path log = logOf(damage.apply(whole, from, end));
        new LogRepair(log, 0).run(0, 0);
        long kept = ends.stream().filter(e -> e <= at).count();
        assertThat(readByRatis(log)).as("%s from byte %s", damage, from).hasSize((int) kept);
      }
    }
  }

  @Test
  void run_tornHeadOfANewFile_startsWithNothing() throws IOException {
    for (int from = 0; from <= LogEntries.MAGIC.length; from++) {
      for (Damage damage : List.of(Damage.CUT, Damage.ZEROS, Damage.GARBAGE)) {
        Path log = logOf(damage.apply(Arrays.copyOf(LogEntries.MAGIC, 64), from, 64));
        assertThatCode(() -> new LogRepair(log, 0).run(0, 0)).doesNotThrowAnyException();
        assertThat(readByRatis(log)).isEmpty();
      }
    }
  }

  @Test
  void run_damageInWhatWasCommitted_isRefusedAndNothingIsCut() throws IOException {
    for (int index = 0; index <= lastFsynced - 1; index++) {
      int from = index == 0 ? LogEntries.MAGIC.length : ends.get(index - 1);
      for (int at = from; at < ends.get(index); at++) {
        byte[] torn = whole.clone();
        torn[at] ^= 0x10;
        Path log = logOf(torn);
        assertThatThrownBy(() -> new LogRepair(log, 0).run(0, 0))
            .as("entry %s, byte %s", index, at)
            .isInstanceOf(LogRepair.LogDamaged.class)
            .hasMessageContaining("which had been committed");
        assertThat(Files.readAllBytes(only(log))).isEqualTo(torn);
      }
    }
  }

  @Test
  void run_holeInTheUnacknowledgedEnd_isCut() throws IOException {
    // The last command and what is before it: nothing behind them says that they were committed.
    byte[] unacknowledged = Arrays.copyOf(whole, ends.get(ends.size() - 2));
    int from = ends.get(ends.size() - 4);
    Path log = logOf(Damage.ONE_PAGE_OF_ZEROS.apply(unacknowledged, from, from + 4));
    new LogRepair(log, 0).run(0, 0);
    assertThat(readByRatis(log)).hasSize(ends.size() - 3);
  }

  @Test
  void run_stateAheadOfTheLog_isRefused() throws IOException {
    Path log = logOf(Damage.CUT.apply(whole, ends.get(3), end));
    assertThatThrownBy(() -> new LogRepair(log, 0).run(5, 0))
        .isInstanceOf(LogRepair.LogDamaged.class)
        .hasMessageContaining("ends at entry 3, but the state has already applied 5");
  }

  @Test
  void run_noLogButState_isRefused() {
    assertThatThrownBy(() -> new LogRepair(directory.resolve("none"), 0).run(5, 0))
        .isInstanceOf(LogRepair.LogDamaged.class);
  }

  @Test
  void run_finishedFileDamaged_isRefused() throws IOException {
    byte[] torn = Arrays.copyOf(whole, end);
    torn[end - 1] ^= 1;
    Path log = logOf(torn);
    Files.move(only(log), log.resolve("log_0-" + (ends.size() - 1)));
    assertThatThrownBy(() -> new LogRepair(log, 0).run(0, 0))
        .isInstanceOf(LogRepair.LogDamaged.class)
        .hasMessageContaining("is damaged at entry " + (ends.size() - 1));
  }

  @Test
  void run_missingFile_isRefused() throws IOException {
    Path log = logOf(whole);
    Files.move(only(log), log.resolve("log_inprogress_7"));
    assertThatThrownBy(() -> new LogRepair(log, 0).run(0, 0))
        .isInstanceOf(LogRepair.LogDamaged.class)
        .hasMessageContaining("begins at entry 7");
  }

  @Test
  void run_purgeCutShort_dropsWhatItLeft() throws IOException {
    // The entries 0 to 4 are in a snapshot; the files 0-0 and 1-2 were to go, and the latter has.
    Path log = logInFiles();
    Files.delete(log.resolve("log_1-2"));
    new LogRepair(log, 0).run(4, 4);
    assertThat(log.resolve("log_0-0")).doesNotExist();
    assertThat(log.resolve("log_3-4")).exists();
  }

  @Test
  void run_gapThatNoSnapshotCovers_isRefused() throws IOException {
    Path log = logInFiles();
    Files.delete(log.resolve("log_1-2"));
    assertThatThrownBy(() -> new LogRepair(log, 0).run(1, 1))
        .isInstanceOf(LogRepair.LogDamaged.class)
        .hasMessageContaining("lacks the entries 1 to 2");
    assertThat(log.resolve("log_0-0")).exists();
  }

  @Test
  void open_tornEnd_nodeStartsWithEverythingBefore() throws IOException {
    int from = ends.get(lastFsynced);
    for (Damage damage : List.of(Damage.CUT, Damage.ZEROS, Damage.GARBAGE)) {
      Path copy = Files.createTempDirectory(directory, "torn");
      TestNode.copy(crashed, copy);
      Files.write(logFile(copy), damage.apply(whole, from, whole.length));
      try (TestNode node = TestNode.open(copy)) {
        assertThat(node.get(0, "key" + (COMMANDS - 2))).isEqualTo("value" + (COMMANDS - 2));
        assertThat(node.put(0, "after", "x")).isNotNull();
      }
    }
  }

  @Test
  void open_damageInTheMiddle_isRefusedWithTheShardAndTheFile() throws IOException {
    Path copy = Files.createTempDirectory(directory, "rotten");
    TestNode.copy(crashed, copy);
    byte[] torn = whole.clone();
    torn[ends.get(2) + 10] ^= 1;
    Files.write(logFile(copy), torn);
    assertThatThrownBy(() -> TestNode.open(copy))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("metadata shard 0")
        .hasMessageContaining("log_inprogress_0");
  }

  private static Path logOf(byte[] content) throws IOException {
    Path log = Files.createTempDirectory(directory, "log");
    Files.write(log.resolve("log_inprogress_0"), content);
    return log;
  }

  /** The log in the files 0-0, 1-2, 3-4 and one in progress. */
  private Path logInFiles() throws IOException {
    Path log = Files.createTempDirectory(directory, "log");
    write(log.resolve("log_0-0"), LogEntries.MAGIC.length, ends.get(0));
    write(log.resolve("log_1-2"), ends.get(0), ends.get(2));
    write(log.resolve("log_3-4"), ends.get(2), ends.get(4));
    write(log.resolve("log_inprogress_5"), ends.get(4), end);
    return log;
  }

  private void write(Path file, int from, int to) throws IOException {
    Files.write(file, LogEntries.MAGIC);
    Files.write(file, Arrays.copyOfRange(whole, from, to), StandardOpenOption.APPEND);
  }

  private static Path only(Path log) {
    return log.resolve("log_inprogress_0");
  }

  private static Path logFile(Path node) throws IOException {
    try (Stream<Path> files = Files.walk(node.resolve("raft"))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("log_inprogress_"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Fails as Ratis would at its start. */
  private static List<Long> readByRatis(Path log) throws IOException {
    List<Long> read = new ArrayList<>();
    if (!Files.exists(only(log))) {
      return read;
    }
    LogSegment.readSegmentFile(
        only(log).toFile(),
        LogSegmentPath.matchLogSegment(only(log)).getStartEnd(),
        SizeInBytes.valueOf(RaftLimits.ENTRY_BYTES_MAX),
        CorruptionPolicy.EXCEPTION,
        null,
        (LogEntryProto entry) -> read.add(entry.getIndex()));
    return read;
  }
}
