package io.sluice.recovery.backup;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.FileEntry;
import io.sluice.recovery.backup.file.SummedInput;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.recovery.backup.format.ChunkLookup;
import io.sluice.recovery.backup.format.PackFile;
import io.sluice.recovery.backup.format.PackId;
import io.sluice.recovery.backup.format.PackReader;
import io.sluice.recovery.backup.format.RowGap;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.recovery.backup.format.RowKey;
import io.sluice.recovery.backup.format.StoredChunk;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.Bucket;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether backups are as they were written: their files, the packs, the chunks in them, and
 * whether every object finds its own. Goes on to the end whatever it finds, and names it.
 *
 * <p>Memory: the chunks that are damaged, the names of all packs, and what {@link SetState} and
 * {@link ChunkLookup} keep. Blocks; for one thread.
 */
public final class Verification {
  private static final int LOOKED_UP_AT_ONCE = 8192;

  /** Told how far it is, on the thread that verifies; must return at once. */
  public interface Progress {
    void at(long bytesDone, long bytesAll);
  }

  private record Reference(RowKey object, ChunkId chunk) {}

  /**
   * A set with those it needs.
   *
   * @param broken the file that is missing or can't be read, without which they are not all; null:
   *     they are
   */
  private record Chain(List<BackupSet> sets, @Nullable String broken) {}

  private final BackupFiles files;
  private final BackupCatalog catalog;
  private final double share;
  private final long seed;
  private final Progress progress;
  private final ProblemLog log = new ProblemLog();
  private final Set<PackId> badPacks = new HashSet<>();
  private final Map<ChunkId, String> badChunks = new HashMap<>();
  private final Map<Long, String> buckets = new HashMap<>();
  private long bytesDone;
  private long bytesAll;
  private long filesDone;
  private long chunksDone;
  private long objectsDone;

  /**
   * @param share of the packs whose bytes are read, greater than 0 to 1; of the others only that
   *     they are there and how large they are. Everything else is always read
   * @param seed which packs: the same seed, the same packs
   */
  public Verification(
      BackupFiles files, BackupCatalog catalog, double share, long seed, Progress progress) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("a share is more than 0 and at most 1, not " + share);
    }
    this.files = files;
    this.catalog = catalog;
    this.share = share;
    this.seed = seed;
    this.progress = progress;
  }

  /**
   * Has a set that is not listed be a problem: one that was complete, and that nobody may have
   * removed. Without it nothing tells that it ever was there.
   */
  public void require(SetId set) {
    if (catalog.find(set).isEmpty() && !catalog.unreadable().containsKey(set)) {
      log.note(SetFile.name(set), "is missing, and the backup was complete");
    }
  }

  /**
   * Verifies sets and those they need. Called once.
   *
   * @throws IOException when the target can't be reached; damage is in the result
   */
  public VerificationResult verify(Collection<BackupSet> wanted) throws IOException {
    catalog.unreadable().forEach((id, problem) -> log.note(SetFile.name(id), problem));
    List<Chain> chains = new ArrayList<>();
    Set<BackupSet> all = new LinkedHashSet<>();
    for (BackupSet set : wanted) {
      Chain chain = chain(set);
      chains.add(chain);
      all.addAll(chain.sets());
    }
    List<FileEntry> listed = new ArrayList<>();
    for (BackupSet set : all) {
      listed.addAll(set.rows());
      listed.addAll(set.chunkIndexes());
    }
    Map<PackId, PackFile> packs = packs(all);
    Set<PackId> sample = sample(packs.keySet());
    listed.forEach(file -> bytesAll += file.size());
    sample.forEach(id -> bytesAll += packs.getOrDefault(id, new PackFile(id, 0, "")).size());
    for (FileEntry file : listed) {
      file(file);
    }
    packs(packs, sample);
    for (Chain chain : chains) {
      state(chain);
    }
    return new VerificationResult(
        all.size(), filesDone, bytesDone, chunksDone, objectsDone, share, log.problems(this::name));
  }

  private Chain chain(BackupSet set) {
    try {
      return new Chain(catalog.chain(set), null);
    } catch (DamagedFileException e) {
      log.note(e.file(), String.valueOf(e.getMessage()));
      return new Chain(List.of(set), e.file());
    }
  }

  /** As people know it; of a bucket whose row is lost only the id is left. */
  private String name(RowKey key) {
    String bucket = key.isObject() ? buckets.get(key.bucketId()) : null;
    return bucket == null ? key.toString() : bucket + "/" + key.key().toStringUtf8();
  }

  /** By what the sets themselves say, and by what their chunk indexes do. */
  private Map<PackId, PackFile> packs(Set<BackupSet> sets) throws IOException {
    Map<PackId, PackFile> packs = new TreeMap<>();
    try (ChunkLookup lookup = lookup(sets)) {
      lookup.packs().forEach(pack -> packs.put(pack.id(), pack));
    }
    for (BackupSet set : sets) {
      for (PackFile pack : set.packs()) {
        PackFile indexed = packs.putIfAbsent(pack.id(), pack);
        if (indexed != null && !indexed.equals(pack)) {
          log.note(pack.id().file(), "its set and a chunk index do not say the same of it");
        }
      }
    }
    return packs;
  }

  private ChunkLookup lookup(Collection<BackupSet> sets) throws IOException {
    return BackupCatalog.chunks(
        files, sets, damaged -> log.note(damaged.file(), String.valueOf(damaged.getMessage())));
  }

  private Set<PackId> sample(Set<PackId> packs) {
    Random random = new Random(seed);
    Set<PackId> sample = new LinkedHashSet<>();
    for (PackId pack : packs) {
      if (random.nextDouble() < share) {
        sample.add(pack);
      }
    }
    if (sample.isEmpty() && !packs.isEmpty()) {
      sample.add(packs.iterator().next());
    }
    return sample;
  }

  private void file(FileEntry file) throws IOException {
    try (SummedInput input = files.openSummed(file.name())) {
      compare(file, input);
    } catch (NoSuchFileException e) {
      log.note(file.name(), "is missing");
    } catch (DamagedFileException e) {
      log.note(file.name(), String.valueOf(e.getMessage()));
    }
    done(file.size());
    filesDone++;
  }

  private boolean compare(FileEntry file, SummedInput input) throws IOException {
    if (input.size() != file.size()) {
      log.note(file.name(), "has %d bytes, not %d".formatted(input.size(), file.size()));
      return false;
    }
    if (!input.sha256().equals(file.sha256())) {
      log.note(file.name(), "does not match its SHA-256");
      return false;
    }
    return true;
  }

  private void done(long bytes) {
    bytesDone += bytes;
    progress.at(bytesDone, bytesAll);
  }

  private void packs(Map<PackId, PackFile> packs, Set<PackId> sample) throws IOException {
    Map<String, Long> there = new HashMap<>();
    files.list("packs/", file -> there.put(file.name(), file.size()));
    for (PackFile pack : packs.values()) {
      String name = pack.id().file();
      @Nullable Long size = there.get(name);
      if (size == null || size != pack.size()) {
        log.note(
            name,
            size == null ? "is missing" : "has %d bytes, not %d".formatted(size, pack.size()));
        if (size == null) {
          badPacks.add(pack.id());
          continue;
        }
      }
      if (sample.contains(pack.id())) {
        pack(pack);
      } else if (size != pack.size()) {
        badPacks.add(pack.id());
      }
    }
  }

  private void pack(PackFile pack) throws IOException {
    String name = pack.id().file();
    try (SummedInput input = files.openSummed(name);
        PackReader reader = PackReader.of(files, pack, input.input())) {
      reader.read(
          reader.index(),
          new PackReader.Receiver() {
            @Override
            public void chunk(ChunkLocation location, StoredChunk chunk) {
              chunksDone++;
            }

            @Override
            public void damaged(ChunkLocation location, String problem) {
              chunksDone++;
              log.note(name, problem);
              badChunks.put(location.chunk(), name);
            }
          });
      compare(new FileEntry(name, pack.size(), pack.sha256()), input);
    } catch (NoSuchFileException e) {
      log.note(name, "is missing");
      badPacks.add(pack.id());
    } catch (DamagedFileException e) {
      log.note(name, String.valueOf(e.getMessage()));
      badPacks.add(pack.id());
    }
    done(pack.size());
    filesDone++;
  }

  private void state(Chain chain) throws IOException {
    try (ChunkLookup lookup = lookup(chain.sets());
        SetState state = SetState.open(files, chain.sets(), new LostRows())) {
      List<Reference> references = new ArrayList<>();
      for (RowGroup row = state.next(); row != null; row = state.next()) {
        if (row.row().hasObject()) {
          object(row, chain, references);
        } else if (row.row().hasBucket()) {
          Bucket bucket = row.row().getBucket().getBucket();
          buckets.put(bucket.getId(), bucket.getName());
        }
        if (references.size() >= LOOKED_UP_AT_ONCE) {
          resolve(references, lookup, chain);
        }
      }
      resolve(references, lookup, chain);
    }
  }

  private void object(RowGroup row, Chain chain, List<Reference> references) {
    objectsDone++;
    String problem = ObjectChunks.problem(row);
    if (!problem.isEmpty()) {
      touch(newest(chain).folder() + "rows", "its rows are not whole: " + problem, row.key());
      return;
    }
    Set<ChunkId> chunks = new HashSet<>();
    ObjectChunks.forEach(row, slice -> chunks.add(ChunkId.from(slice.getChunkId())));
    chunks.forEach(chunk -> references.add(new Reference(row.key(), chunk)));
  }

  private void touch(String file, String what, RowKey object) {
    log.touch(file, what, new ProblemLog.Touched(object, null));
  }

  private static SetId newest(Chain chain) {
    return chain.sets().get(chain.sets().size() - 1).id();
  }

  private void resolve(List<Reference> references, ChunkLookup lookup, Chain chain)
      throws IOException {
    Map<ChunkId, ChunkLocation> found =
        lookup.find(references.stream().map(Reference::chunk).toList());
    for (Reference reference : references) {
      ChunkLocation location = found.get(reference.chunk());
      String chunk = "chunk " + reference.chunk();
      if (location == null) {
        touch(lostIndex(chain), "no chunk index says where " + chunk + " is", reference.object());
      } else if (badPacks.contains(location.pack().id())
          || badChunks.containsKey(reference.chunk())) {
        touch(location.pack().id().file(), chunk + " is damaged", reference.object());
      }
    }
    references.clear();
  }

  /**
   * The file that may have said where a chunk is: one that is known to be damaged, which is then
   * the same for every set that needs it.
   */
  private String lostIndex(Chain chain) {
    return Stream.concat(
            Stream.ofNullable(chain.broken()),
            chain.sets().stream()
                .flatMap(set -> set.chunkIndexes().stream())
                .map(FileEntry::name)
                .filter(log::has))
        .findFirst()
        .orElse(newest(chain).folder() + "chunks");
  }

  private final class LostRows implements SetState.DamageReceiver {
    @Override
    public void gap(BackupSet set, RowGap gap) {
      log.touch(gap.file(), gap.problem(), new ProblemLog.Touched(gap.first(), gap.last()));
    }

    @Override
    public void lost(BackupSet set, String file, String problem) {
      log.note(file, problem);
    }

    @Override
    public void unsure(RowGroup row, String file) {
      touch(file, "rows are lost", row.key());
    }
  }
}
