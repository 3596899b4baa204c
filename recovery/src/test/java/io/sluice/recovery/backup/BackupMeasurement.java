package io.sluice.recovery.backup;

import io.sluice.recovery.backup.file.TargetKey;
import io.sluice.recovery.backup.format.ChunkLookup;
import io.sluice.recovery.backup.restore.FileRestore;
import io.sluice.recovery.backup.restore.FileRestoreResult;
import io.sluice.recovery.backup.restore.FileRestoreTerms;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.DirectoryTarget;
import io.sluice.storage.chunk.ChunkId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Prints how long it takes to write, verify and restore a backup of many objects in a directory,
 * and an incremental of one in a hundred. Arguments: an empty directory, how many objects, bytes of
 * each, and {@code sealed} or nothing.
 */
final class BackupMeasurement {
  private final TestBackup backup;
  private final Path directory;
  private final int objects;
  private final byte[] content;

  private BackupMeasurement(TestBackup backup, Path directory, int objects, int bytes) {
    this.backup = backup;
    this.directory = directory;
    this.objects = objects;
    this.content = new byte[bytes];
    new Random(1).nextBytes(content);
  }

  private interface Step {
    void run() throws IOException;
  }

  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    TargetKey key = args.length > 3 ? TargetKey.of(new byte[TargetKey.LENGTH]) : null;
    try (BackupTarget target = DirectoryTarget.create(directory.resolve("target"));
        TestBackup backup = new TestBackup(target, key)) {
      new BackupMeasurement(backup, directory, Integer.parseInt(args[1]), Integer.parseInt(args[2]))
          .run();
    }
  }

  private void run() throws IOException {
    measure("full: made, packed, written", objects, () -> write(SetKind.FULL, 1));
    measure("incremental of 1 %", objects / 100, () -> write(SetKind.INCREMENTAL, 100));
    measure("incremental of nothing", 0, () -> write(SetKind.INCREMENTAL, Integer.MAX_VALUE));
    measure("rows of the state read", 0, this::readState);
    measure("one look-up of 1,000 chunks", 0, this::lookUp);
    measure("verified", objects + objects / 100, this::verify);
    measure("restored to files", objects, this::restore);
  }

  private void measure(String name, long count, Step step) throws IOException {
    long started = System.nanoTime();
    step.run();
    double seconds = (System.nanoTime() - started) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%-32s %7.2f s %8.0f objects/s %7.0f MB/s%n",
        name,
        seconds,
        count / seconds,
        count * (double) content.length / 1e6 / seconds);
  }

  private void write(SetKind kind, int step) throws IOException {
    backup.begin(kind);
    backup.bucket(7, "bucket");
    for (long i = 0; i < objects; i += step) {
      content[(int) (i % content.length)]++;
      backup.object(7, "dir-%03d/object-%07d".formatted(i / 1000, i), content, 4 << 20);
    }
    backup.finish();
  }

  private List<BackupSet> chain() throws IOException {
    BackupCatalog catalog = backup.catalog();
    return catalog.chain(catalog.newest().orElseThrow());
  }

  private void readState() throws IOException {
    try (SetState state = SetState.open(backup.files(), chain(), null)) {
      while (state.next() != null) {
        // only read
      }
    }
  }

  private void lookUp() throws IOException {
    List<ChunkId> wanted = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      wanted.add(ChunkId.of(0, i % 256, 1_700_000_000_000L, i));
    }
    try (ChunkLookup lookup = BackupCatalog.chunks(backup.files(), chain())) {
      check(lookup.find(wanted).size() == 1000);
    }
  }

  private void verify() throws IOException {
    BackupCatalog catalog = backup.catalog();
    check(
        new Verification(backup.files(), catalog, 1, 1, (done, all) -> {})
            .verify(List.of(catalog.newest().orElseThrow()))
            .isGood());
  }

  private void restore() throws IOException {
    FileRestoreTerms terms =
        new FileRestoreTerms(null, "", false, false, Runtime.getRuntime().availableProcessors());
    FileRestoreResult result =
        new FileRestore(backup.files(), chain(), terms)
            .restore(directory.resolve("files"), (done, bytes) -> {});
    check(result.complete() && result.objects() == objects);
  }

  private static void check(boolean right) {
    if (!right) {
      throw new IllegalStateException("that is not what was written");
    }
  }
}
