package io.sluice.app.node;

import io.sluice.app.config.ServerOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.storage.verticle.DataDirectory;
import io.sluice.storage.verticle.DirectoryRefusedException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the data directories are, looked at before anything is made on disk: a start that is refused
 * leaves no trace. Blocks.
 */
public final class DataDirectories {
  private static final Logger LOG = LoggerFactory.getLogger(DataDirectories.class);

  private final Map<Path, String> found = new LinkedHashMap<>();
  private final Map<Path, KnownDisks.Disk> absent = new LinkedHashMap<>();
  private final Map<Path, String> reasons = new HashMap<>();
  private final Map<Path, String> replaced = new LinkedHashMap<>();
  private final Set<Path> added = new LinkedHashSet<>();
  private final List<KnownDisks.Disk> unlisted = new ArrayList<>();

  private DataDirectories() {}

  /**
   * Requires that no other server uses one of them, so that a second one learns of it before it
   * does anything.
   *
   * @throws IOException with a line for the operator when one does
   */
  public static void requireFree(List<Path> paths) throws IOException {
    for (Path path : paths) {
      try {
        DataDirectory.requireFree(path);
      } catch (DirectoryRefusedException | AccessDeniedException e) {
        throw e;
      } catch (IOException e) {
        // A disk that can't be read is that disk's matter, and settled when it is opened.
        LOG.debug("{} can't be looked at: {}", path, e.toString());
      }
    }
  }

  /**
   * Requires that the metadata is where it was: else the store would begin anew beside its data.
   *
   * @throws StartupException when it lies in another of the directories
   */
  public static void requireMetadataFirst(ServerOptions options) throws IOException {
    if (MetadataServer.identity(options.metadataDir()).isPresent()) {
      return;
    }
    for (Path path : options.data()) {
      Path other = path.resolve("metadata");
      if (MetadataServer.identity(other).isPresent()) {
        throw new StartupException(
            "there is no metadata in "
                + options.metadataDir()
                + ", but in "
                + other
                + ": name that --data directory first, or give --metadata-dir "
                + other,
            null);
      }
    }
  }

  /**
   * Requires that a store that is made now is made of directories that belong to none.
   *
   * @throws StartupException when one does
   */
  public static void requireNoOther(ServerOptions options) throws IOException {
    if (MetadataServer.identity(options.metadataDir()).isPresent()) {
      return;
    }
    for (Path path : options.data()) {
      Optional<DataDirectory.Identity> other = DataDirectory.identityOf(path);
      if (other.isPresent()) {
        throw new StartupException(
            path
                + " belongs to cluster "
                + other.get().clusterId()
                + ", and the metadata of that is not in "
                + options.metadataDir()
                + ": give the --metadata-dir that it was started with",
            null);
      }
    }
  }

  /**
   * Looks at them.
   *
   * @param known the disks of the last start
   * @throws StartupException when two are the same disk
   * @throws IOException when one can't be read for want of permission, or is damaged
   */
  public static DataDirectories look(List<Path> paths, List<KnownDisks.Disk> known)
      throws IOException {
    DataDirectories looked = new DataDirectories();
    Map<Path, KnownDisks.Disk> knownAt = new HashMap<>();
    known.forEach(disk -> knownAt.put(disk.path(), disk));
    for (Path path : paths) {
      looked.look(path, knownAt.get(path.toAbsolutePath().normalize()));
    }
    looked.settle(known);
    return looked;
  }

  /** A disk that was found in another directory than before was moved, and is not missing. */
  private void settle(List<KnownDisks.Disk> known) {
    Set<String> there = found();
    absent.values().removeIf(disk -> there.contains(disk.id()));
    for (Path path : List.copyOf(replaced.keySet())) {
      if (there.contains(replaced.get(path))) {
        replaced.remove(path);
        added.add(path);
      }
    }
    for (KnownDisks.Disk disk : known) {
      if (!there.contains(disk.id())
          && !replaced.containsValue(disk.id())
          && !absent.containsValue(disk)) {
        unlisted.add(disk);
      }
    }
  }

  private void look(Path path, KnownDisks.@Nullable Disk before) throws IOException {
    Optional<DataDirectory.Identity> identity;
    try {
      identity = DataDirectory.identityOf(path);
    } catch (DirectoryRefusedException | AccessDeniedException e) {
      throw e;
    } catch (IOException e) {
      if (before == null) {
        throw e;
      }
      isAbsent(path, before, e.toString());
      return;
    }
    if (identity.isPresent()) {
      String id = identity.get().diskId().toString();
      if (found.containsValue(id)) {
        throw new StartupException(
            path + " is the same disk as another --data directory, or a copy of it", null);
      }
      found.put(path, id);
    } else if (before == null) {
      added.add(path);
    } else if (!before.isMounted()) {
      isAbsent(path, before, before.mount() + " is not mounted");
    } else {
      replaced.put(path, before.id());
    }
  }

  private void isAbsent(Path path, KnownDisks.Disk before, String reason) {
    absent.put(path, before);
    reasons.put(path, reason);
  }

  /** Ids of the disks that are there. */
  public Set<String> found() {
    return new HashSet<>(found.values());
  }

  /** Directories that are no disk yet and stand in the place of none. */
  public Set<Path> added() {
    return added;
  }

  /** Directories that are empty, each with the id of the disk that was there. */
  public Map<Path, String> replaced() {
    return replaced;
  }

  /** Disks of the last start that no directory was named for. */
  public List<KnownDisks.Disk> unlisted() {
    return unlisted;
  }

  /** Ids of disks whose directories are named and can't be used now. */
  public Set<String> absentIds() {
    return absent.values().stream().map(KnownDisks.Disk::id).collect(Collectors.toSet());
  }

  /** Disks that can't be used, by their directories. */
  Map<Path, KnownDisks.Disk> absent() {
    return absent;
  }

  /** Directories to be opened as they are. */
  Set<Path> existing() {
    return found.keySet();
  }

  /** Directories that disks are to be made in. */
  Set<Path> fresh() {
    Set<Path> fresh = new LinkedHashSet<>(replaced.keySet());
    fresh.addAll(added);
    return fresh;
  }

  String idAt(Path path) {
    return found.getOrDefault(path, "");
  }

  String reason(Path path) {
    return reasons.getOrDefault(path, "it could not be opened");
  }
}
