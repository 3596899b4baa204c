package io.sluice.recovery.backup;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.NewerFormatException;
import io.sluice.recovery.backup.file.WrongKeyException;
import io.sluice.recovery.backup.format.ChunkLookup;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The backups that a cluster has in a target, as they were when they were listed. One that is not
 * complete is not among them. Immutable: safe for use by many threads.
 */
public final class BackupCatalog {
  private final NavigableMap<SetId, BackupSet> sets;
  private final NavigableMap<SetId, String> unreadable;

  private BackupCatalog(
      NavigableMap<SetId, BackupSet> sets, NavigableMap<SetId, String> unreadable) {
    this.sets = Collections.unmodifiableNavigableMap(sets);
    this.unreadable = Collections.unmodifiableNavigableMap(unreadable);
  }

  /**
   * Lists them. Blocks: one small read a set.
   *
   * @throws WrongKeyException when they are sealed with another key
   * @throws NewerFormatException when one is of a format that is not known here
   */
  public static BackupCatalog load(BackupFiles files) throws IOException {
    return load(files, "", new TreeMap<>());
  }

  /** Lists them again. Blocks: one small read for each set that was not there before. */
  public BackupCatalog reload(BackupFiles files) throws IOException {
    return load(files, "", sets);
  }

  /**
   * Lists them again from a set on: those before are taken to be as they were. Blocks: one small
   * read for each set that was not there before.
   */
  public BackupCatalog reload(BackupFiles files, SetId from) throws IOException {
    BackupCatalog newer = load(files, from.folder(), sets);
    NavigableMap<SetId, BackupSet> all = new TreeMap<>(sets.headMap(from, false));
    all.putAll(newer.sets);
    NavigableMap<SetId, String> damaged = new TreeMap<>(unreadable.headMap(from, false));
    damaged.putAll(newer.unreadable);
    return new BackupCatalog(all, damaged);
  }

  private static BackupCatalog load(
      BackupFiles files, String after, NavigableMap<SetId, BackupSet> known) throws IOException {
    List<SetId> complete = new ArrayList<>();
    files.list(
        "sets/",
        after,
        file -> {
          String[] parts = file.name().split("/", -1);
          if (parts.length == 3 && parts[2].equals("set.json")) {
            SetId.parse(parts[1]).ifPresent(complete::add);
          }
        });
    NavigableMap<SetId, BackupSet> sets = new TreeMap<>();
    NavigableMap<SetId, String> unreadable = new TreeMap<>();
    for (SetId id : complete) {
      try {
        BackupSet read = known.get(id); // which never changes
        sets.put(id, read != null ? read : SetFile.read(files, id));
      } catch (DamagedFileException e) {
        unreadable.put(id, String.valueOf(e.getMessage()));
      } catch (NoSuchFileException pruned) {
        unreadable.remove(id);
      }
    }
    return new BackupCatalog(sets, unreadable);
  }

  /** The same with one more, which was completed since. */
  public BackupCatalog with(BackupSet set) {
    NavigableMap<SetId, BackupSet> more = new TreeMap<>(sets);
    more.put(set.id(), set);
    return new BackupCatalog(more, unreadable);
  }

  /** All of them, by time. */
  public List<BackupSet> sets() {
    return List.copyOf(sets.values());
  }

  /** Those that were begun after another, by time; null: all. */
  public List<BackupSet> after(@Nullable SetId id) {
    return id == null ? sets() : List.copyOf(sets.tailMap(id, false).values());
  }

  /** Those whose {@code set.json} is damaged, and what is wrong with it. */
  public NavigableMap<SetId, String> unreadable() {
    return unreadable;
  }

  public Optional<BackupSet> find(SetId id) {
    return Optional.ofNullable(sets.get(id));
  }

  /** The last one. */
  public Optional<BackupSet> newest() {
    return Optional.ofNullable(sets.lastEntry()).map(entry -> entry.getValue());
  }

  /** The last one that needs no other. */
  public Optional<BackupSet> newestFull() {
    return sets.descendingMap().values().stream()
        .filter(set -> !set.kind().hasParent())
        .findFirst();
  }

  /** The last one whose moment is not after a time. */
  public Optional<BackupSet> at(Instant time) {
    return sets.values().stream()
        .filter(set -> !set.cutAt().isAfter(time))
        .max(
            (a, b) ->
                a.cutAt().equals(b.cutAt())
                    ? a.id().compareTo(b.id())
                    : a.cutAt().compareTo(b.cutAt()));
  }

  /**
   * A set and what it needs: first the full one, last the set itself.
   *
   * @throws DamagedFileException when one that it needs is missing or unreadable
   */
  public List<BackupSet> chain(BackupSet set) throws DamagedFileException {
    List<BackupSet> chain = new ArrayList<>();
    Set<SetId> seen = new LinkedHashSet<>();
    BackupSet at = set;
    while (true) {
      chain.add(at);
      if (!seen.add(at.id())) {
        throw new DamagedFileException(SetFile.name(at.id()), "is its own ancestor");
      }
      if (at.parentId().isEmpty()) {
        Collections.reverse(chain);
        return chain;
      }
      SetId parent = at.parentId().get();
      BackupSet next = sets.get(parent);
      if (next == null) {
        throw new DamagedFileException(
            SetFile.name(parent),
            unreadable.containsKey(parent)
                ? "is damaged, and backup " + set.id() + " needs it"
                : "is missing, and backup " + set.id() + " needs it");
      }
      at = next;
    }
  }

  /**
   * Where the chunks of some sets are. What several have is found in the newest: give the chain of
   * a set to read it, and all sets to know what a target has.
   *
   * @throws DamagedFileException when a chunk index can't be read, now or when it is looked into
   */
  public static ChunkLookup chunks(BackupFiles files, Collection<BackupSet> sets)
      throws IOException {
    return chunks(files, sets, null);
  }

  /**
   * The same, going on when something can't be read.
   *
   * @param damage takes what can't be read, which is then as if it were not there; null: it is
   *     thrown
   */
  public static ChunkLookup chunks(
      BackupFiles files,
      Collection<BackupSet> sets,
      @Nullable Consumer<DamagedFileException> damage)
      throws IOException {
    return ChunkLookup.open(files, chunkIndexes(sets), damage);
  }

  /** The files that say where the chunks of some sets are, those of the newest first. */
  public static List<String> chunkIndexes(Collection<BackupSet> sets) {
    List<String> names = new ArrayList<>();
    sets.stream()
        .sorted(Comparator.comparing(BackupSet::id).reversed())
        .forEach(set -> set.chunkIndexes().forEach(file -> names.add(file.name())));
    return names;
  }
}
