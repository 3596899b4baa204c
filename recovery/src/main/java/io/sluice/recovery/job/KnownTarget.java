package io.sluice.recovery.job;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.recovery.backup.format.ChunkLookup;
import io.sluice.recovery.backup.format.PackFile;
import io.sluice.recovery.backup.format.PackId;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.TargetRecord;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a target has, as a run knows it: its sets, its packs, and where chunks are. A target may
 * hold thousands of sets, and a backup each few seconds can't read them all each time. So a run may
 * hand what it knows to the next one of its node, with the set that it made.
 *
 * <p>A prune must not take packs away that such a run relies on ({@link
 * io.sluice.recovery.backup.prune.Prune} says why a run has to have read its catalog after it
 * began). Therefore each prune says so in the target's record before it removes a set and again
 * when the sets are gone, and what was known under another number of them is not used. A run that
 * began before is in the record too, and the prune waits for it.
 *
 * <p>What is lost without a prune is found out by the next reading; that the set that is built on
 * is there is looked at by each run.
 *
 * <p>Blocks; for one thread at a time.
 */
final class KnownTarget implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(KnownTarget.class);

  /** Then all of it is read again. */
  static final Duration READ_AGAIN_AFTER = Duration.ofMinutes(10);

  /** Sets outside of the chain whose chunks are looked up; of more, those that need no other. */
  private static final int OTHERS_MAX = 1_000;

  /** The run that it belongs to now: another each time. */
  private static final class Listener implements AnsweringTarget.Life {
    private volatile AnsweringTarget.Life run;

    Listener(AnsweringTarget.Life run) {
      this.run = run;
    }

    @Override
    public void requireGoingOn() throws IOException {
      run.requireGoingOn();
    }

    @Override
    public boolean isOver() {
      return run.isOver();
    }

    @Override
    public void answered() {
      run.answered();
    }
  }

  private final TargetRecord record;
  private final BackupTarget target;
  private final Listener listener;
  private final BackupFiles files;
  private final Instant readAt;
  private BackupCatalog catalog;

  /** The packs that are really there, with their sizes. */
  private final Map<PackId, Long> present;

  /** The set at the end of the chain; null: none, or not decided. */
  private @Nullable SetId tip;

  private boolean decided;

  /** Of the sets that the next one builds on: their chunks need not be named again. */
  private ChunkLookup inChain;

  /** Of the other sets at the target. */
  private ChunkLookup elsewhere;

  private KnownTarget(
      TargetRecord record,
      BackupTarget target,
      Listener listener,
      BackupFiles files,
      BackupCatalog catalog,
      Map<PackId, Long> present,
      Instant readAt) {
    this.record = record;
    this.target = target;
    this.listener = listener;
    this.files = files;
    this.catalog = catalog;
    this.present = present;
    this.readAt = readAt;
    this.inChain = ChunkLookup.lazily(files, List.of(), null);
    this.elsewhere = ChunkLookup.lazily(files, List.of(), null);
  }

  /**
   * Opens a target and reads what it has.
   *
   * @param begun as it was when the run began
   * @param run hears whenever the target has answered
   */
  static KnownTarget read(BackupGround on, TargetRecord begun, AnsweringTarget.Life run)
      throws IOException {
    Listener listener = new Listener(run);
    BackupTarget opened = on.targets().open(begun);
    run.answered();
    BackupTarget target = new AnsweringTarget(opened, listener);
    try {
      BackupFiles files = TargetSets.files(target, on.clusterId(), begun);
      return new KnownTarget(
          begun,
          target,
          listener,
          files,
          BackupCatalog.load(files),
          present(files),
          on.clock().instant());
    } catch (IOException | RuntimeException e) {
      target.close();
      throw e;
    }
  }

  /** So that a set that is made after a pack was lost does not rely on what was in it. */
  private static Map<PackId, Long> present(BackupFiles files) throws IOException {
    Map<PackId, Long> present = new HashMap<>();
    files.list(
        "packs/",
        file -> {
          if (PackId.isFile(file.name())) {
            present.put(PackId.ofFile(file.name()), file.size());
          }
        });
    return present;
  }

  /**
   * Whether a run may rely on it that begins now. One request to the target.
   *
   * @param begun as it was when the run began
   */
  boolean serves(TargetRecord begun, Instant now) throws IOException {
    Duration age = Duration.between(readAt, now);
    return begun.getUrl().equals(record.getUrl())
        && begun.getRevision() == record.getRevision()
        && begun.getPrunes() == record.getPrunes()
        && !age.isNegative()
        && age.compareTo(READ_AGAIN_AFTER) < 0
        && begun.hasLast()
        && isThere(begun.getLast().getSetId());
  }

  private boolean isThere(String set) throws IOException {
    SetId id = SetId.parse(set).filter(known -> catalog.find(known).isPresent()).orElse(null);
    if (id == null) {
      return false; // made by another node
    }
    try (Closeable json = files.openStored(id.folder() + "set.json")) {
      return true;
    } catch (NoSuchFileException gone) {
      return false;
    }
  }

  /** Has another hear that the target has answered. */
  void answersTo(AnsweringTarget.Life run) {
    listener.run = run;
  }

  BackupFiles files() {
    return files;
  }

  BackupCatalog catalog() {
    return catalog;
  }

  /** For people. */
  @Override
  public String toString() {
    return target.toString();
  }

  /**
   * Says which chain the next set adds to.
   *
   * @param parent null of a full one
   */
  void buildOn(@Nullable BackupSet parent) throws IOException {
    SetId end = parent == null ? null : parent.id();
    if (decided && end != null && end.equals(tip)) {
      return;
    }
    closeLookups();
    List<BackupSet> chain = parent == null ? List.of() : catalog.chain(parent);
    inChain = ChunkLookup.lazily(files, BackupCatalog.chunkIndexes(chain), null);
    elsewhere =
        ChunkLookup.lazily(
            files,
            BackupCatalog.chunkIndexes(others(chain)),
            damaged -> log.warn("What it names is sent again: {}", damaged.getMessage()));
    tip = end;
    decided = true;
  }

  private List<BackupSet> others(List<BackupSet> chain) {
    Set<SetId> own = chain.stream().map(BackupSet::id).collect(Collectors.toSet());
    List<BackupSet> all = catalog.sets().stream().filter(set -> !own.contains(set.id())).toList();
    int older = Math.max(0, all.size() - OTHERS_MAX);
    return Stream.concat(
            all.stream().limit(older).filter(set -> !set.kind().hasParent()),
            all.stream().skip(older))
        .toList();
  }

  /** Those of some chunks that the chain has. */
  Set<ChunkId> inChain(Collection<ChunkId> chunks) throws IOException {
    return find(inChain, chunks).keySet();
  }

  /** Where those of some chunks are that another set has. */
  Map<ChunkId, ChunkLocation> elsewhere(Collection<ChunkId> chunks) throws IOException {
    return find(elsewhere, chunks);
  }

  private Map<ChunkId, ChunkLocation> find(ChunkLookup lookup, Collection<ChunkId> chunks)
      throws IOException {
    Map<ChunkId, ChunkLocation> found = new HashMap<>(lookup.find(chunks));
    found
        .values()
        .removeIf(
            location ->
                !Long.valueOf(location.pack().size()).equals(present.get(location.pack().id())));
    return found;
  }

  /** A set of this run is complete. */
  void completed(BackupSet set) {
    catalog = catalog.with(set);
    for (PackFile pack : set.packs()) {
      present.put(pack.id(), pack.size());
    }
    if (decided && set.parentId().isPresent() && set.parentId().get().equals(tip)) {
      inChain.add(BackupCatalog.chunkIndexes(List.of(set)));
      tip = set.id();
    } else {
      decided = false;
    }
  }

  private void closeLookups() throws IOException {
    inChain.close();
    elsewhere.close();
  }

  @Override
  public void close() throws IOException {
    try (target;
        ChunkLookup chain = inChain;
        ChunkLookup others = elsewhere) {
      decided = false;
    }
  }
}
