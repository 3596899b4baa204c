package io.sluice.storage.verticle;

import io.sluice.storage.chunk.ChunkReplica.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a disk still takes. A full one takes chunks again by itself when there is room for twice the
 * reserve: not at the reserve itself, about which it would go to and fro. One that the kernel made
 * read-only after errors can still be read, and one that failed may be; both wait for somebody to
 * see to them, and for a new start. Safe on any thread.
 */
final class DiskHealth {
  private static final Logger LOG = LoggerFactory.getLogger(DiskHealth.class);

  private final FileLayer files;
  private final Path directory;
  private final long reserveBytes;
  private final ReentrantLock changes = new ReentrantLock();
  private volatile State state = State.WRITABLE;
  private volatile boolean isProtected;
  private volatile long freeBytes;
  private volatile String reason = "";

  DiskHealth(FileLayer files, Path directory, long reserveBytes) throws IOException {
    this.files = files;
    this.directory = directory;
    this.reserveBytes = reserveBytes;
    checkSpace(0);
  }

  State state() {
    return state;
  }

  /** Why it is not writable. */
  String reason() {
    return reason;
  }

  /** Bytes free at the last look. */
  long freeBytes() {
    return freeBytes;
  }

  /**
   * Looks how much is free: below the reserve the disk takes no chunks, and does again by itself
   * once there is room.
   *
   * @param wanted bytes about to be written
   */
  void checkSpace(long wanted) throws IOException {
    freeBytes = files.usableBytes(directory);
    if (freeBytes - wanted < reserveBytes) {
      if (change(State.WRITABLE, State.READ_ONLY)) {
        reason = "only " + freeBytes + " bytes are free";
        LOG.warn("{} takes no chunks: {}", directory, reason);
      }
    } else if (wanted == 0
        && freeBytes >= 2 * reserveBytes
        && !isProtected
        && change(State.READ_ONLY, State.WRITABLE)) {
      LOG.info("{} takes chunks again: {} bytes are free", directory, freeBytes);
    }
  }

  /** A write failed, also in a new segment: a full disk may recover, any other is done with. */
  void writeFailed(IOException failure) {
    if (isFull(failure)) {
      reason = "the disk is full";
      change(State.WRITABLE, State.READ_ONLY);
    } else if (says(failure, "read-only file system")) {
      reason = "the file system was made read-only";
      isProtected = true;
      change(State.WRITABLE, State.READ_ONLY);
    } else {
      fail(failure.toString());
    }
    LOG.error("{} takes no writes: {}", directory, reason, failure);
  }

  void fail(String why) {
    changes.lock();
    try {
      reason = why;
      state = State.FAILED;
    } finally {
      changes.unlock();
    }
  }

  private boolean change(State from, State to) {
    changes.lock();
    try {
      if (state != from) {
        return false;
      }
      state = to;
      return true;
    } finally {
      changes.unlock();
    }
  }

  private static boolean isFull(IOException failure) {
    return says(failure, "no space left") || says(failure, "quota exceeded");
  }

  /** What failed may have been the index's, which has the system's word for it as its cause. */
  private static boolean says(IOException failure, String what) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (String.valueOf(at.getMessage()).toLowerCase(Locale.ROOT).contains(what)) {
        return true;
      }
    }
    return false;
  }
}
