package io.sluice.recovery.backup.restore;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** What all workers of a restore did together. Safe for use by many threads. */
final class RestoreTally {
  private final boolean goesOn;
  private final FileRestore.Progress progress;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<FileRestoreResult.Problem> problems = new ArrayList<>();
  private long objects;
  private long bytes;
  private long failed;
  private boolean isComplete = true;
  private volatile boolean stopped;

  /**
   * @param goesOn whether a problem stops the others
   */
  RestoreTally(boolean goesOn, FileRestore.Progress progress) {
    this.goesOn = goesOn;
    this.progress = progress;
  }

  void restored(WantedObject object) {
    lock.lock();
    try {
      objects++;
      bytes += object.size();
      progress.at(objects, bytes);
    } finally {
      lock.unlock();
    }
  }

  void failed(String name, String what) {
    lock.lock();
    try {
      failed++;
      note(name, what);
    } finally {
      lock.unlock();
    }
  }

  /** Something is lost of which it is not known how many objects it was. */
  void lost(String name, String what) {
    lock.lock();
    try {
      note(name, what);
    } finally {
      lock.unlock();
    }
  }

  private void note(String name, String what) {
    isComplete = false;
    stopped |= !goesOn;
    if (problems.size() < FileRestoreResult.PROBLEMS_MAX) {
      problems.add(new FileRestoreResult.Problem(name, what));
    }
  }

  void stop() {
    stopped = true;
  }

  boolean isStopped() {
    return stopped;
  }

  FileRestoreResult result() {
    lock.lock();
    try {
      return new FileRestoreResult(objects, bytes, failed, isComplete && !stopped, problems);
    } finally {
      lock.unlock();
    }
  }
}
