package io.sluice.recovery.backup.restore;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.storage.proto.Bucket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Tries whether a chain of sets can be restored: brings objects back to files as {@link
 * FileRestore} does, compares each with what its uploader sent, and removes it. So the space that
 * it takes does not depend on how much there is. It goes on when something is damaged.
 *
 * <p>Rows are all read, however few objects are restored: that something says what there is belongs
 * to what is tried. Blocks; for one thread, once.
 */
public final class TrialRestore {
  private static final int WORKERS = 2;

  /** Asked before objects of so many bytes are restored; waits, or throws to end the trial. */
  public interface Gate {
    void pass(long bytes) throws IOException;
  }

  private final FileRestore restore;
  private final TrialTerms terms;
  private final Gate gate;

  /**
   * @param chain as {@link BackupCatalog#chain} gives it
   */
  public TrialRestore(BackupFiles files, List<BackupSet> chain, TrialTerms terms, Gate gate) {
    this.restore =
        new FileRestore(files, chain, new FileRestoreTerms(null, "", false, true, WORKERS));
    this.terms = terms;
    this.gate = gate;
  }

  /**
   * Tries.
   *
   * @param directory empty, or not there; what is left in it belongs to nobody
   * @throws IOException when the target can't be read, the directory can't be written, or the gate
   *     throws; damage is in the result
   */
  public TrialResult run(Path directory, FileRestore.Progress progress) throws IOException {
    try (TrialPlace place = new TrialPlace(RestoreDirectory.open(directory, false))) {
      FileRestoreResult restored = restore.restore(place, progress);
      return new TrialResult(restored, place.leftOut.sum());
    }
  }

  /** A directory in which nothing stays. */
  private final class TrialPlace implements RestorePlace {
    private final RestoreDirectory directory;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final AtomicLong numbers = new AtomicLong();
    private final LongAdder leftOut = new LongAdder();

    TrialPlace(RestoreDirectory directory) {
      this.directory = directory;
    }

    @Override
    public void bucket(Bucket bucket) {}

    @Override
    public void restore(List<WantedObject> batch, PackReads packs, RestoreTally tally)
        throws IOException {
      gate.pass(0);
      for (List<WantedObject> some : inSpace(batch)) {
        gate.pass(some.stream().mapToLong(WantedObject::size).sum());
        new BatchRestore(some, directory, (bucket, done) -> remove(done), packs, tally).run();
      }
    }

    /** Those that were chosen, in runs that a worker has the space for. */
    private List<List<WantedObject>> inSpace(List<WantedObject> batch) {
      long space = terms.spaceMax() / WORKERS;
      List<List<WantedObject>> runs = new ArrayList<>();
      long left = 0;
      for (WantedObject object : batch) {
        if (!isChosen(object)) {
          continue;
        }
        if (object.size() > space) {
          leftOut.increment();
          continue;
        }
        if (runs.isEmpty() || object.size() > left) {
          runs.add(new ArrayList<>());
          left = space;
        }
        left -= object.size();
        runs.get(runs.size() - 1).add(underANumber(object));
      }
      return runs;
    }

    /** No directories, which would be as many as there are keys. */
    private WantedObject underANumber(WantedObject object) {
      List<String> path = List.of(Long.toString(numbers.getAndIncrement()));
      return new WantedObject(object.bucket(), object.row(), path);
    }

    /** By the key alone, so that neither order nor threads matter; the first one always. */
    private boolean isChosen(WantedObject object) {
      boolean first = !begun.getAndSet(true);
      long seed = terms.seed() ^ object.row().key().hashCode();
      return first || terms.share() == 1 || new SplittableRandom(seed).nextDouble() < terms.share();
    }

    private void remove(List<WantedObject> objects) throws IOException {
      for (WantedObject object : objects) {
        Files.deleteIfExists(object.in(directory.root()));
      }
    }

    @Override
    public void finish() {}

    @Override
    public void close() throws IOException {
      directory.close();
    }
  }
}
