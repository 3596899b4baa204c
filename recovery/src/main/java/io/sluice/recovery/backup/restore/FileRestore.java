package io.sluice.recovery.backup.restore;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetState;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.format.ChunkLookup;
import io.sluice.recovery.backup.format.RowGap;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.recovery.backup.target.s3.S3Objects;
import io.sluice.storage.chunk.codec.ChunkBuffers;
import io.sluice.storage.chunk.codec.Compression;
import io.sluice.storage.chunk.codec.FrameDecoder;
import io.sluice.storage.chunk.codec.ZstdWorkspaces;
import io.sluice.storage.proto.Bucket;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Restores what a chain of sets stands for to an S3 endpoint, or to files, {@code
 * DIRECTORY/BUCKET/KEY}; {@link PathNames} says how keys become names. It needs nothing but the
 * target. Each object is checked against what its uploader sent, and appears whole or not at all,
 * with its time; {@code _metadata/BUCKET.jsonl} has what a file can't.
 *
 * <p>Several workers take batches of objects, in the order of their keys, which is about the order
 * in which their chunks lie in packs. Memory: for each worker a range of a pack of 8 MiB and 400
 * objects' rows. Files are not forced to the disk one by one: what a crash takes is restored again.
 *
 * <p>Blocks; for one thread at a time.
 */
public final class FileRestore {
  /** Told how far it is, on any thread but one at a time; must return at once. */
  public interface Progress {
    void at(long objects, long bytes);
  }

  /** One for all restores: a pool gives its memory back only to itself. */
  private static final ChunkBuffers BUFFERS = new ChunkBuffers(2);

  private final BackupFiles files;
  private final List<BackupSet> chain;
  private final FileRestoreTerms terms;

  /**
   * @param chain as {@link BackupCatalog#chain} gives it
   */
  public FileRestore(BackupFiles files, List<BackupSet> chain, FileRestoreTerms terms) {
    this.files = files;
    this.chain = List.copyOf(chain);
    this.terms = terms;
  }

  /**
   * What a restore would restore; changes nothing.
   *
   * @param each takes the name of each object: the bucket, a slash and the key
   * @throws DamagedFileException when rows can't be read, and damage is not to be skipped
   */
  public FileRestorePlan plan(Consumer<String> each) throws IOException {
    long[] sums = new long[3];
    try (SetState state = open(new RestoreTally(terms.skipDamaged(), (objects, bytes) -> {}))) {
      WantedObjects wanted = new WantedObjects(state, terms, bucket -> sums[0]++);
      List<WantedObject> batch = wanted.next();
      while (!batch.isEmpty()) {
        for (WantedObject object : batch) {
          each.accept(object.name());
          sums[1]++;
          sums[2] += object.size();
        }
        batch = wanted.next();
      }
    }
    return new FileRestorePlan(sums[0], sums[1], sums[2]);
  }

  /**
   * Restores.
   *
   * @param directory made if it is not there
   * @return what was restored, and what could not be; without {@link FileRestoreTerms#skipDamaged}
   *     it ends at the first such object
   * @throws DirectoryNotEmptyException when something is in the directory, and may not be replaced
   * @throws DamagedFileException when rows can't be read, and damage is not to be skipped
   * @throws IOException when the target can't be read or the directory can't be written any more
   */
  public FileRestoreResult restore(Path directory, Progress progress) throws IOException {
    try (RestorePlace place = DirectoryPlace.open(directory, terms.overwrite())) {
      return restore(place, progress);
    }
  }

  /**
   * Restores plain objects to an endpoint, under their keys; without {@link
   * FileRestoreTerms#bucket}, which says that they are of one bucket, below its name.
   *
   * @param to stays open
   * @return as with files
   * @throws DirectoryNotEmptyException when something is there, and may not be replaced
   * @throws DamagedFileException when rows can't be read, and damage is not to be skipped
   * @throws IOException when the target can't be read or the endpoint doesn't take objects any more
   */
  public FileRestoreResult restore(S3Objects to, Progress progress) throws IOException {
    try (RestorePlace place = EndpointPlace.open(to, terms.bucket() == null, terms.overwrite())) {
      return restore(place, progress);
    }
  }

  private FileRestoreResult restore(RestorePlace place, Progress progress) throws IOException {
    RestoreTally tally = new RestoreTally(terms.skipDamaged(), progress);
    try (SetState state = open(tally);
        ChunkLookup lookup =
            BackupCatalog.chunks(files, chain, terms.skipDamaged() ? lost(tally) : null);
        ZstdWorkspaces workspaces = new ZstdWorkspaces(Compression.DEFAULT)) {
      FrameDecoder decoder = new FrameDecoder(BUFFERS, workspaces);
      WantedObjects wanted = new WantedObjects(state, terms, bucket -> note(place, bucket));
      Callable<Void> worker =
          () -> {
            work(wanted, place, new PackReads(files, lookup, decoder), tally);
            return null;
          };
      run(worker, tally);
      place.finish();
    }
    return tally.result();
  }

  private SetState open(RestoreTally tally) throws IOException {
    return SetState.open(files, chain, terms.skipDamaged() ? new LostRows(tally) : null);
  }

  private static Consumer<DamagedFileException> lost(RestoreTally tally) {
    return e -> tally.lost(e.file(), String.valueOf(e.getMessage()));
  }

  private static void note(RestorePlace place, Bucket bucket) {
    try {
      place.bucket(bucket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void work(
      WantedObjects wanted, RestorePlace place, PackReads packs, RestoreTally tally)
      throws IOException {
    try (packs) {
      while (!tally.isStopped()) {
        List<WantedObject> batch = wanted.next();
        if (batch.isEmpty()) {
          return;
        }
        place.restore(batch, packs, tally);
      }
    } catch (IOException | RuntimeException e) {
      tally.stop();
      throw e;
    }
  }

  private void run(Callable<Void> worker, RestoreTally tally) throws IOException {
    ExecutorService threads = Executors.newFixedThreadPool(terms.workers());
    try {
      List<Callable<Void>> workers = Stream.generate(() -> worker).limit(terms.workers()).toList();
      for (Future<Void> each : threads.invokeAll(workers)) {
        each.get();
      }
    } catch (InterruptedException e) {
      tally.stop();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the restore was interrupted");
    } catch (ExecutionException e) {
      throw failure(e);
    } finally {
      threads.shutdownNow();
    }
  }

  private static IOException failure(ExecutionException e) {
    if (e.getCause() instanceof IOException failure) {
      return failure;
    }
    if (e.getCause() instanceof UncheckedIOException failure) {
      return new IOException(failure.getMessage(), failure);
    }
    throw new IllegalStateException("a worker of the restore failed", e.getCause());
  }

  private record LostRows(RestoreTally tally) implements SetState.DamageReceiver {
    @Override
    public void gap(BackupSet set, RowGap gap) {
      tally.lost("from " + gap.first() + " to " + gap.last(), gap.problem());
    }

    @Override
    public void lost(BackupSet set, String file, String problem) {
      tally.lost("all that backup " + set.id() + " has in " + file, problem);
    }

    @Override
    public void unsure(RowGroup row, String file) {
      tally.failed(row.key().toString(), "what " + file + " said of it is lost");
    }
  }
}
