package io.sluice.storage.verticle;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open segment file, counted: it is closed, and when it is doomed deleted, once nobody reads it
 * any more. Safe on any thread.
 */
final class Segment {
  private static final Logger LOG = LoggerFactory.getLogger(Segment.class);
  private static final String PREFIX = "seg-";
  private static final String SUFFIX = ".seg";

  private final long number;
  private final Path path;
  private final SegmentFile file;
  private final AtomicInteger users = new AtomicInteger(1);
  private volatile @Nullable Runnable whenUnused;
  private volatile long end;
  private volatile boolean sealed;

  /**
   * @param end where its records end, in bytes
   */
  Segment(long number, Path path, SegmentFile file, long end, boolean sealed) {
    this.number = number;
    this.path = path;
    this.file = file;
    this.end = end;
    this.sealed = sealed;
  }

  static String fileName(long number) {
    return PREFIX + HexFormat.of().toHexDigits(number) + SUFFIX;
  }

  /** The number in a file's name, or -1 when it is not a segment's. */
  static long numberOf(String fileName) {
    int digits = 16;
    if (fileName.length() != PREFIX.length() + digits + SUFFIX.length()
        || !fileName.startsWith(PREFIX)
        || !fileName.endsWith(SUFFIX)) {
      return -1;
    }
    try {
      return HexFormat.fromHexDigitsToLong(fileName, PREFIX.length(), PREFIX.length() + digits);
    } catch (IllegalArgumentException e) {
      return -1;
    }
  }

  long number() {
    return number;
  }

  Path path() {
    return path;
  }

  SegmentFile file() {
    return file;
  }

  /** Where its records end, in bytes. */
  long end() {
    return end;
  }

  void end(long offset) {
    end = offset;
  }

  /** Whether nothing is appended any more. */
  boolean isSealed() {
    return sealed;
  }

  void seal() {
    sealed = true;
  }

  /** Takes part in its use; false when it is gone already. */
  boolean acquire() {
    for (; ; ) {
      int now = users.get();
      if (now == 0) {
        return false;
      }
      if (users.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  /** Ends one use; the last one closes the file. */
  void release() {
    if (users.decrementAndGet() == 0) {
      try {
        file.close();
      } catch (IOException e) {
        LOG.warn("{} could not be closed", path, e);
      }
      Runnable action = whenUnused;
      if (action != null) {
        action.run();
      }
    }
  }

  /** What to do after the last use, once; it runs on the thread of the last user. */
  void whenUnused(Runnable action) {
    whenUnused = action;
  }
}
