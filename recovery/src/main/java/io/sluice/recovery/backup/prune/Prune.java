package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.format.ChunkLookup;
import io.sluice.recovery.backup.format.PackFile;
import io.sluice.recovery.backup.format.PackId;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Removes sets, and then what no set needs. In three steps, between which nobody is held up:
 *
 * <ol>
 *   <li>{@link #removeSets}: each set, newest first, gets a mark ({@link GoingMarks}); then {@code
 *       set.json} goes, then its other files, and the mark last. So no set is ever listed without
 *       its files, or without one that it builds on.
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
 * names them) or by one that began later, for which the same holds. One prune at a time, though,
 * which its {@link Right} says: a set must not come and go between the two catalogs.
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

  /** Says whether this prune still has the place for itself. */
  @FunctionalInterface
  public interface Right {
    /**
     * Asked before each file that is removed.
     *
     * @throws IOException when it has not, or nobody knows: then the prune ends
     */
    void require() throws IOException;
  }

  /**
   * @param right nobody else prunes these files while it is there
   */
  public Prune(BackupFiles files, Right right) {
    this.files = files;
    this.deletions = new Deletions(files, right);
  }

  /**
   * The catalog, if nothing in it is unknown.
   *
   * @throws DamagedFileException when a set can't be read, or is held and not there: nobody knows
   *     what it needs
   */
  public static BackupCatalog catalog(BackupFiles files) throws IOException {
    Set<SetId> remains = heldRemains(files); // first: what is completed and held now is whole
    BackupCatalog catalog = BackupCatalog.load(files);
    for (SetId set : remains) {
      if (catalog.find(set).isEmpty() && !catalog.unreadable().containsKey(set)) {
        throw new DamagedFileException(
            SetFiles.json(set),
            "is missing, and the backup has a legal hold: nobody knows what it needs, and nothing"
                + " is pruned. Bring the file back, or remove the hold");
      }
    }
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

  /**
   * Sets that are held, have files, and were not to go. Should one of them not be listed, then
   * somebody else removed what makes it one.
   */
  private static Set<SetId> heldRemains(BackupFiles files) throws IOException {
    Set<SetId> held = new HashSet<>();
    Set<SetId> going = new HashSet<>();
    Set<SetId> others = new HashSet<>();
    files.list(
        "sets/",
        file ->
            SetFiles.setOf(file.name())
                .ifPresent(
                    set ->
                        (Holds.isHold(file.name())
                                ? held
                                : GoingMarks.isMark(file.name()) ? going : others)
                            .add(set)));
    held.removeAll(going);
    held.retainAll(others);
    return held;
  }

  /** Removes sets that nobody builds on or will. One with a hold stays, with what it needs. */
  public void removeSets(Collection<BackupSet> going) throws IOException {
    catalog(files); // or nothing goes
    Set<SetId> marked = GoingMarks.list(files);
    marked.removeAll(ids(going));
    for (SetId set : marked) { // by a prune that ended half-way, when other rules counted
      if (isThere(SetFiles.json(set))) {
        unmark(set);
      }
    }
    Set<SetId> needed = new HashSet<>();
    for (BackupSet set : going.stream().sorted(NEWEST_FIRST).toList()) {
      if (needed.contains(set.id()) || !remove(set.id())) {
        set.parentId().ifPresent(needed::add);
      }
    }
  }

  /** Whether it is listed no more. {@link Holds} says in what order, and why. */
  private boolean remove(SetId set) throws IOException {
    if (Holds.isHeld(files, set)) {
      unmark(set);
      return false;
    }
    if (!mark(set)) {
      return false;
    }
    if (Holds.isHeld(files, set)) {
      unmark(set);
      return false;
    }
    Map<String, Long> left = new TreeMap<>();
    files.list(set.folder(), file -> left.put(file.name(), file.size()));
    String json = SetFiles.json(set);
    Long size = left.remove(json);
    if (size != null) {
      switch (deletions.delete(json, size)) {
        case GONE -> deletions.countSet();
        case STAYS -> {
          unmark(set);
          return false;
        }
        case UNKNOWN -> { // it may go yet: so it is marked, and the next prune sees to it
          return false;
        }
      }
    }
    removeRest(left);
    return true;
  }

  /** Whether that could be done: a target may have no space even for that. */
  private boolean mark(SetId set) throws IOException {
    try {
      GoingMarks.put(files, set);
      return true;
    } catch (IOException e) {
      deletions.refuse(SetFiles.json(set), e);
      return false;
    }
  }

  private void unmark(SetId set) throws IOException {
    for (String mark : GoingMarks.of(files, set)) {
      deletions.delete(mark, 0);
    }
  }

  /**
   * Removes what is left of a set: its files, then the mark that says that it was to go, then what
   * says that it was to stay. So a hold without a mark, beside files, was given.
   */
  private void removeRest(Map<String, Long> left) throws IOException {
    Predicate<String> isOther = name -> !GoingMarks.isMark(name) && !Holds.isHold(name);
    for (Predicate<String> kind : List.of(isOther, GoingMarks::isMark, Holds::isHold)) {
      boolean gone = true;
      for (Map.Entry<String, Long> file : left.entrySet()) {
        if (kind.test(file.getKey())) {
          gone &= deletions.delete(file.getKey(), file.getValue()) == Deletions.Fate.GONE;
        }
      }
      if (!gone) {
        return;
      }
    }
  }

  private boolean isThere(String name) throws IOException {
    try (StoredFile file = files.openStored(name)) {
      return true;
    } catch (NoSuchFileException gone) {
      return false;
    }
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
    files.list(
        "sets/",
        file -> {
          Optional<SetId> set = SetFiles.setOf(file.name());
          if (set.isPresent() && !complete.contains(set.get())) {
            gathered.put(file.name(), file.size());
          }
        });
    Set<PackId> named = named(sets);
    files.list(
        "packs/",
        file -> {
          if (PackId.isFile(file.name()) && !named.contains(PackId.ofFile(file.name()))) {
            gathered.put(file.name(), file.size());
          }
        });
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
    Map<SetId, Map<String, Long>> left = new TreeMap<>();
    for (Map.Entry<String, Long> file : gathered.entrySet()) {
      Optional<SetId> set = SetFiles.setOf(file.getKey());
      if (set.isPresent()) {
        left.computeIfAbsent(set.get(), id -> new TreeMap<>()).put(file.getKey(), file.getValue());
      } else {
        deletions.delete(file.getKey(), file.getValue());
      }
    }
    for (Map<String, Long> each : left.values()) {
      removeRest(each);
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
