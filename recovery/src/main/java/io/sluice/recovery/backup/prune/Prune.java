package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.format.ChunkLookup;
import io.sluice.recovery.backup.format.PackFile;
import io.sluice.recovery.backup.format.PackId;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Removes sets, and then what no set needs. In three steps, between which nobody is held up:
 *
 * <ol>
 *   <li>{@link #removeSets}: of each set, newest first, {@code set.json} and then its other files.
 *       So no set is ever listed without its files, or without one that it builds on.
 *   <li>{@link #gather}: which packs there are that no set names, and which files of sets that are
 *       not complete.
 *   <li>{@link #removeGathered}: those of them that still no set names.
 * </ol>
 *
 * <p>Between the last two, <b>whoever was writing a set when the second step ended must have
 * ended</b>: completed it, or given it up for good. Then no complete set ever misses a pack. For
 * let a set be completed after the third step looked at the catalog again; then its writer began
 * after the second step. Packs it wrote itself are younger than the second step's listing, so they
 * were not gathered. Packs of others it knows from sets that were listed when it began, after the
 * second step: such a set was in the catalog of the second step, which names its packs, or it was
 * completed since, by a writer that had to end (then it is in the catalog of the third step, which
 * names them) or by one that began later, for which the same holds. One prune at a time, though: a
 * set must not come and go between the two catalogs.
 *
 * <p>It can end anywhere, and another can begin anew: what is half removed is not listed, and is
 * gathered the next time. It needs no space. Whatever can't be read stops it before it removes what
 * that might name. Only files of this cluster are seen.
 *
 * <p>Memory: the names of packs, some 100 bytes each. Blocks; one thread at a time, but for {@link
 * #bytesRemoved}.
 */
public final class Prune {
  private static final Comparator<BackupSet> NEWEST_FIRST =
      Comparator.comparing(BackupSet::id).reversed();

  private final BackupFiles files;
  private final Deletions deletions;
  private final Map<String, Long> gathered = new TreeMap<>();
  private Set<SetId> seen = Set.of();

  public Prune(BackupFiles files) {
    this.files = files;
    this.deletions = new Deletions(files);
  }

  /**
   * The catalog, if nothing in it is unknown.
   *
   * @throws DamagedFileException when a set can't be read: nobody knows what it needs
   */
  public static BackupCatalog catalog(BackupFiles files) throws IOException {
    BackupCatalog catalog = BackupCatalog.load(files);
    Map.Entry<SetId, String> unreadable = catalog.unreadable().firstEntry();
    if (unreadable != null) {
      throw new DamagedFileException(
          SetFiles.json(unreadable.getKey()),
          "can't be read, so nobody knows what it needs, and nothing is pruned: repair it, or"
              + " remove it by hand ("
              + unreadable.getValue()
              + ")");
    }
    return catalog;
  }

  /** Removes sets that nobody builds on or will. One with a hold stays, with what it needs. */
  public void removeSets(Collection<BackupSet> going) throws IOException {
    Set<SetId> needed = new HashSet<>();
    for (BackupSet set : going.stream().sorted(NEWEST_FIRST).toList()) {
      if (needed.contains(set.id()) || !remove(set.id())) {
        set.parentId().ifPresent(needed::add);
      }
    }
  }

  /**
   * Whether it is listed no more. Whoever holds it writes the hold, and then looks whether {@code
   * set.json} is there; here it goes first, and then holds are looked for. So a hold that is put
   * meanwhile is seen here, and the set is put back, or fails there; never does each miss the
   * other.
   */
  private boolean remove(SetId set) throws IOException {
    if (Holds.isHeld(files, set)) {
      return false;
    }
    byte[] json = stored(SetFiles.json(set));
    if (json.length > 0) {
      if (!deletions.delete(SetFiles.json(set), json.length)) {
        return false;
      }
      if (Holds.isHeld(files, set)) {
        putBack(set, json);
        return false;
      }
      deletions.countSet();
    }
    List<FileStatus> others = new ArrayList<>();
    files.list(set.folder(), others::add);
    for (FileStatus file : others) {
      deletions.delete(file.name(), file.size());
    }
    return true;
  }

  /** The bytes of a file; none when it is not there. */
  private byte[] stored(String name) throws IOException {
    try (StoredFile file = files.openStored(name)) {
      ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.size()));
      file.read(0, bytes);
      return bytes.array();
    } catch (NoSuchFileException gone) {
      return new byte[0];
    }
  }

  private void putBack(SetId set, byte[] json) throws IOException {
    try (NewFile file = files.createPlain(SetFiles.json(set))) {
      file.write(ByteBuffer.wrap(json));
      file.commit();
    }
    deletions.isBack(json.length);
  }

  /** Gathers what no set that is there names. */
  public void gather() throws IOException {
    gatherBeside(catalog(files).sets());
  }

  /** Gathers what no set would name if these were all, for a look ahead. */
  public void gatherBeside(Collection<BackupSet> sets) throws IOException {
    gathered.clear();
    seen = ids(sets);
    Set<SetId> complete = seen;
    Set<SetId> held = new HashSet<>();
    files.list(
        "sets/",
        file -> {
          Optional<SetId> set = SetFiles.setOf(file.name());
          if (set.isPresent() && !complete.contains(set.get())) {
            gathered.put(file.name(), file.size());
            if (Holds.isHold(file.name())) {
              held.add(set.get());
            }
          }
        });
    Set<PackId> named = named(sets);
    named.addAll(packsOfHeld(held));
    files.list(
        "packs/",
        file -> {
          if (PackId.isFile(file.name()) && !named.contains(PackId.ofFile(file.name()))) {
            gathered.put(file.name(), file.size());
          }
        });
  }

  /**
   * A set that was held in the moment in which it went, by a prune that ended before it could put
   * it back: what is left of it stays, for people to look at.
   */
  private Set<PackId> packsOfHeld(Set<SetId> held) throws IOException {
    List<String> indexes = new ArrayList<>();
    for (SetId set : held) {
      gathered
          .keySet()
          .removeIf(
              name -> {
                boolean isOf = name.startsWith(set.folder());
                if (isOf && SetFiles.isChunkIndex(name)) {
                  indexes.add(name);
                }
                return isOf;
              });
    }
    Set<PackId> packs = new HashSet<>();
    try (ChunkLookup lookup = ChunkLookup.open(files, indexes, null)) {
      lookup.packs().stream().map(PackFile::id).forEach(packs::add);
    }
    return packs;
  }

  private static Set<SetId> ids(Collection<BackupSet> sets) {
    Set<SetId> ids = new HashSet<>();
    sets.forEach(set -> ids.add(set.id()));
    return ids;
  }

  private Set<PackId> named(Collection<BackupSet> sets) throws IOException {
    Set<PackId> named = new HashSet<>();
    for (BackupSet set : sets) {
      set.packs().forEach(pack -> named.add(pack.id()));
      try (ChunkLookup lookup = BackupCatalog.chunks(files, List.of(set), null)) {
        lookup.packs().stream().map(PackFile::id).forEach(named::add);
      }
    }
    return named;
  }

  /** What was gathered: packs and files of sets, with their stored bytes. */
  public Map<String, Long> gathered() {
    return Map.copyOf(gathered);
  }

  /**
   * Removes what was gathered and is still named by nobody. Whoever was writing a set when it was
   * gathered has ended.
   */
  public void removeGathered() throws IOException {
    List<BackupSet> sets = catalog(files).sets();
    Set<PackId> named = named(sets.stream().filter(set -> !seen.contains(set.id())).toList());
    named.forEach(pack -> gathered.remove(pack.file()));
    Set<SetId> complete = ids(sets);
    gathered.keySet().removeIf(name -> SetFiles.setOf(name).filter(complete::contains).isPresent());
    for (Map.Entry<String, Long> file : gathered.entrySet()) {
      deletions.delete(file.getKey(), file.getValue());
    }
  }

  /** How much was removed so far. Any thread. */
  public long bytesRemoved() {
    return deletions.bytes();
  }

  public PruneReport report() {
    return deletions.report();
  }
}
