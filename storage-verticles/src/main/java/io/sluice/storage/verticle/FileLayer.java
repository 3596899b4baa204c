package io.sluice.storage.verticle;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What the segment store asks of a file system: the seam at which tests break it. */
public interface FileLayer {
  /**
   * Makes a file and opens it.
   *
   * @throws java.nio.file.FileAlreadyExistsException when there is one of that name
   */
  SegmentFile create(Path path) throws IOException;

  /** Opens a file for reading and writing. */
  SegmentFile open(Path path) throws IOException;

  /** Makes durable which files a directory has. */
  void syncDirectory(Path directory) throws IOException;

  /** Removes a file; one that is not there is no failure. */
  void delete(Path path) throws IOException;

  /** The names of the files in a directory, in their order. */
  List<String> list(Path directory) throws IOException;

  /** Bytes that may still be written to the disk of a directory. */
  long usableBytes(Path directory) throws IOException;

  /** Bytes of the disk of a directory. */
  long totalBytes(Path directory) throws IOException;
}
