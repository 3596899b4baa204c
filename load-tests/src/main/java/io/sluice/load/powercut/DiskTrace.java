package io.sluice.load.powercut;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * What a traced process did to the files below one directory, and how much of it is durable.
 * Memory-mapped writes are not seen: a file written so would look untouched and be left whole.
 * (Ratis writes its log through file channels, RocksDB its files by write and pwrite.)
 */
final class DiskTrace implements StraceReader.Listener {

  /** When a new, renamed or removed directory entry is durable. */
  enum DirectoryRule {
    /** As POSIX promises: after an fsync of the directory. */
    STRICT,
    /**
     * As journalling file systems do it (ext4, XFS): after any later fsync, because the journal is
     * one sequence.
     */
    JOURNALED
  }

  /** A change of a directory that a power cut may undo. */
  record EntryChange(Kind kind, String from, String to, boolean undoable) {
    enum Kind {
      CREATED,
      RENAMED
    }
  }

  private static final class OpenFile {
    private final boolean appends;
    private long position;

    OpenFile(boolean appends) {
      this.appends = appends;
    }
  }

  private record SyncInFlight(
      String path, Map<FileState, FileState.Mark> marks, List<EntryChange> changes) {}

  private final String root;
  private final DirectoryRule rule;
  private final ToLongFunction<String> sizeBefore;
  private final Map<String, FileState> files = new HashMap<>();
  private final Map<Integer, OpenFile> open = new HashMap<>();
  private final Map<String, SyncInFlight> syncs = new HashMap<>();
  private final List<EntryChange> changes = new ArrayList<>();
  private long syncsDone;

  /**
   * A trace of what happens below {@code root}.
   *
   * @param sizeBefore size of a file before the trace; -1 when it was not there
   */
  DiskTrace(String root, DirectoryRule rule, ToLongFunction<String> sizeBefore) {
    this.root = root;
    this.rule = rule;
    this.sizeBefore = sizeBefore;
  }

  Map<String, FileState> files() {
    return files;
  }

  /** Changes of directories that are not durable, oldest first. */
  List<EntryChange> changes() {
    return changes;
  }

  long syncsDone() {
    return syncsDone;
  }

  @Override
  public void began(String thread, SystemCall call) {
    if (!isSync(call)) {
      return;
    }
    Map<FileState, FileState.Mark> marks = new HashMap<>();
    String path = call.descriptor().map(SystemCall.Descriptor::path).orElse("");
    if (call.name().startsWith("sync")) {
      files.values().forEach(file -> marks.put(file, file.mark()));
    } else if (files.containsKey(path)) {
      FileState file = files.get(path);
      marks.put(file, file.mark());
    }
    syncs.put(thread, new SyncInFlight(path, marks, List.copyOf(changes)));
  }

  @Override
  public void ended(String thread, SystemCall call) {
    if (isSync(call)) {
      synced(thread, call);
      return;
    }
    if (call.failed()) {
      return;
    }
    switch (call.name()) {
      case "open", "openat", "creat" -> opened(call);
      case "close" -> call.descriptor().ifPresent(fd -> open.remove(fd.number()));
      case "lseek" -> file(call).ifPresent(file -> handle(call).position = call.result());
      case "write", "writev" -> file(call).ifPresent(file -> wroteAtPosition(call, file));
      case "pwrite64", "pwritev" ->
          file(call).ifPresent(file -> file.written(call.lastNumber(), call.result()));
      case "ftruncate" -> file(call).ifPresent(file -> file.truncated(call.lastNumber()));
      case "rename", "renameat", "renameat2" -> renamed(call.paths());
      case "link", "linkat" -> linked(call.paths());
      case "unlink", "unlinkat" -> call.paths().forEach(files::remove);
      default -> {}
    }
  }

  private static boolean isSync(SystemCall call) {
    return switch (call.name()) {
      case "fsync", "fdatasync", "sync", "syncfs" -> true;
      default -> false;
    };
  }

  private void synced(String thread, SystemCall call) {
    SyncInFlight sync = syncs.remove(thread);
    if (sync == null || call.result() != 0) {
      return;
    }
    syncsDone++;
    sync.marks().forEach(FileState::synced);
    if (rule == DirectoryRule.JOURNALED || call.name().startsWith("sync")) {
      changes.removeAll(sync.changes());
    } else {
      sync.changes().stream()
          .filter(change -> parent(change.to()).equals(sync.path()))
          .forEach(changes::remove);
    }
  }

  private void opened(SystemCall call) {
    String path = call.paths().get(0);
    if (!isBelowRoot(path) || call.has("O_DIRECTORY")) {
      return;
    }
    boolean known = files.containsKey(path);
    FileState file = stateOf(path);
    if (call.has("O_CREAT") && !known && sizeBefore.applyAsLong(path) < 0) {
      changes.add(new EntryChange(EntryChange.Kind.CREATED, path, path, true));
    }
    if (call.has("O_TRUNC")) {
      file.truncated(0);
    }
    open.put((int) call.result(), new OpenFile(call.has("O_APPEND")));
  }

  private void wroteAtPosition(SystemCall call, FileState file) {
    OpenFile handle = handle(call);
    long offset = handle.appends ? file.size() : handle.position;
    file.written(offset, call.result());
    handle.position = offset + call.result();
  }

  private void renamed(List<String> paths) {
    String from = paths.get(0);
    String to = paths.get(1);
    if (!isBelowRoot(to)) {
      return;
    }
    boolean replaces = files.containsKey(to) || sizeBefore.applyAsLong(to) >= 0;
    moveBelow(from, to);
    FileState file = files.remove(from);
    if (file != null) {
      files.put(to, file);
    }
    changes.add(new EntryChange(EntryChange.Kind.RENAMED, from, to, !replaces));
  }

  private void moveBelow(String from, String to) {
    List<String> inside =
        files.keySet().stream().filter(path -> path.startsWith(from + '/')).toList();
    for (String path : inside) {
      FileState file = files.remove(path);
      if (file != null) {
        files.put(to + path.substring(from.length()), file);
      }
    }
  }

  private void linked(List<String> paths) {
    String to = paths.get(1);
    if (isBelowRoot(to)) {
      files.put(to, stateOf(paths.get(0)));
      changes.add(new EntryChange(EntryChange.Kind.CREATED, to, to, true));
    }
  }

  private Optional<FileState> file(SystemCall call) {
    return call.descriptor()
        .map(SystemCall.Descriptor::path)
        .filter(this::isBelowRoot)
        .map(this::stateOf);
  }

  private OpenFile handle(SystemCall call) {
    int number = call.descriptor().map(SystemCall.Descriptor::number).orElse(-1);
    return open.computeIfAbsent(number, n -> new OpenFile(false));
  }

  private FileState stateOf(String path) {
    return files.computeIfAbsent(path, p -> new FileState(Math.max(0, sizeBefore.applyAsLong(p))));
  }

  private boolean isBelowRoot(String path) {
    return path.startsWith(root + '/');
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }
}
