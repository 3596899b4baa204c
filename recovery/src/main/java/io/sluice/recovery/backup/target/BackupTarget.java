package io.sluice.recovery.backup.target;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/**
 * A place that keeps files by name: a directory, or a part of a bucket. It asks for no more than
 * both can do: a file is written once as a whole, is there completely or not at all, and never
 * changes. Nothing is renamed and nothing is appended to.
 *
 * <p>Names are those of {@link FileName}. Every method blocks, for as long as the target takes, and
 * belongs on a worker thread, never on an event loop. A target is safe for use by many threads;
 * what it hands out is for one thread at a time.
 *
 * <p>An implementer reports what a caller can act on as {@link NoSuchFileException} and {@link
 * FileAlreadyExistsException}, everything else as another {@link IOException} whose message is one
 * clear line. It retries by itself what it knows to be transient, within a limit.
 */
public interface BackupTarget extends AutoCloseable {
  /**
   * Begins a file. Nothing is there under its name before {@link NewFile#commit}.
   *
   * @throws IllegalArgumentException unless {@link FileName#isValid}
   */
  NewFile create(String name) throws IOException;

  /**
   * Writes a small file whose name several may want at the same moment: one alone gets it, which
   * {@link #create} does not promise everywhere. With the same bytes again, this succeeds.
   *
   * @throws FileAlreadyExistsException when one is there with other bytes; it stays as it is
   * @throws ClaimRefusedException when this place does not take it, as one that is full, or can't
   *     tell several writers apart; the message says so. Of a file system also a {@link
   *     FileSystemException}
   * @throws IOException else: it may be there, or come to be
   */
  void claim(String name, byte[] bytes) throws IOException;

  /**
   * Begins a small file that may have to go at any time, in the same way: whatever keeps others
   * from being removed, as an object lock, is not asked for.
   */
  default NewFile createRemovable(String name) throws IOException {
    return create(name);
  }

  /**
   * Opens a file for reading.
   *
   * @throws NoSuchFileException when it is not there
   */
  StoredFile open(String name) throws IOException;

  /**
   * Gives every file whose name begins with the prefix, in the order of their names (byte by byte),
   * also when there are more than fit into memory.
   *
   * @param prefix of whole names, not of folders alone; empty: all
   */
  default void list(String prefix, Consumer<FileStatus> each) throws IOException {
    list(prefix, "", each);
  }

  /**
   * The same of those alone whose names come after another, at the cost of these.
   *
   * @param after a name, or the begin of one; empty: all
   */
  void list(String prefix, String after, Consumer<FileStatus> each) throws IOException;

  /**
   * The names directly below a folder that have files below them, without the folder's, in order.
   *
   * @param folder empty, or ends with a slash
   */
  List<String> folders(String folder) throws IOException;

  /**
   * Removes a file, durably; one that is not there is passed over. Only pruning does this.
   *
   * @throws java.nio.file.AccessDeniedException when that is forbidden, and the file stays
   * @throws IOException otherwise it may be gone, now or in a moment
   */
  void delete(String name) throws IOException;

  /** Frees what writers left behind that ended before they could commit, if it is from before. */
  void clearAbandoned(Instant before) throws IOException;

  /** For people: where this is, without anything secret in it. */
  @Override
  String toString();

  /** Frees connections and handles; files that were handed out must be closed before. */
  @Override
  void close() throws IOException;
}
