package io.sluice.recovery.mirror;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorFailure;
import io.sluice.storage.proto.MirrorProgress;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * How far a run is, in memory. The position is where everything before was stored: it follows what
 * was read while nothing fails, and stays where it is while something does. Any thread.
 */
final class MirrorJournal {
  /** Objects that fail, of which each is named; nothing more is read while there are so many. */
  static final int FAILING_MAX = 50;

  private static final int MESSAGE_LENGTH_MAX = 300;

  private final ReentrantLock lock = new ReentrantLock();
  private final MirrorProgress.Builder progress;
  private long changes;

  MirrorJournal(MirrorProgress before) {
    this.progress = before.toBuilder();
    // Of a run that is no more.
    progress.getFailingBuilderList().forEach(MirrorFailure.Builder::clearUnderWay);
  }

  /** Changes something. */
  void change(Consumer<MirrorProgress.Builder> change) {
    lock.lock();
    try {
      change.accept(progress);
      changes++;
    } finally {
      lock.unlock();
    }
  }

  MirrorProgress snapshot() {
    lock.lock();
    try {
      return progress.build();
    } finally {
      lock.unlock();
    }
  }

  /** Grows with each change but that time passed. */
  long changes() {
    lock.lock();
    try {
      return changes;
    } finally {
      lock.unlock();
    }
  }

  boolean isLost() {
    lock.lock();
    try {
      return progress.getLost();
    } finally {
      lock.unlock();
    }
  }

  /**
   * All changes up to a position were looked at.
   *
   * @param atMs what was acknowledged before is among them
   */
  void readTo(LogPosition position, long atMs) {
    lock.lock();
    try {
      progress.setReadTo(position).setReadToMs(atMs);
      progress.clearReadingTo().clearReadingToMs().clearReadingAfter().clearPending();
      settle();
    } finally {
      lock.unlock();
    }
  }

  /** An object is there as it is here. */
  void mirrored(ByteString key) {
    lock.lock();
    try {
      int index = indexOf(key);
      if (index >= 0) {
        progress.removeFailing(index);
        changes++;
        settle();
      }
    } finally {
      lock.unlock();
    }
  }

  /** An object could not be mirrored. */
  void failed(ByteString key, String message, long nowMs) {
    MirrorFailure failure =
        MirrorFailure.newBuilder()
            .setKey(key)
            .setMessage(shortened(message))
            .setSinceMs(nowMs)
            .build();
    lock.lock();
    try {
      progress.setFailures(progress.getFailures() + 1);
      int index = indexOf(key);
      if (index >= 0) {
        long since = progress.getFailing(index).getSinceMs();
        progress.setFailing(index, failure.toBuilder().setSinceMs(since));
      } else {
        progress.addFailing(failure);
      }
      noteError(key.toStringUtf8() + ": " + message, nowMs);
      changes++;
    } finally {
      lock.unlock();
    }
  }

  /** An object takes long; until it is there it counts as one that is not. */
  void isUnderWay(ByteString key, long nowMs) {
    put(
        MirrorFailure.newBuilder()
            .setKey(key)
            .setMessage("is being sent")
            .setSinceMs(nowMs)
            .setUnderWay(true)
            .build());
  }

  /** An object that took long has to be looked at again. */
  void isToBeLookedAt(ByteString key, String why, long nowMs) {
    put(
        MirrorFailure.newBuilder()
            .setKey(key)
            .setMessage(shortened(why))
            .setSinceMs(nowMs)
            .build());
  }

  private void put(MirrorFailure failure) {
    lock.lock();
    try {
      int index = indexOf(failure.getKey());
      if (index >= 0) {
        progress.setFailing(index, failure);
      } else {
        progress.addFailing(failure);
      }
      changes++;
    } finally {
      lock.unlock();
    }
  }

  /** Something is wrong that is not about one object. */
  void failed(String message, long nowMs) {
    lock.lock();
    try {
      progress.setFailures(progress.getFailures() + 1);
      noteError(message, nowMs);
      changes++;
    } finally {
      lock.unlock();
    }
  }

  private void noteError(String message, long nowMs) {
    progress.setLastError(shortened(message)).setLastErrorMs(nowMs);
  }

  private static String shortened(String message) {
    if (message.length() <= MESSAGE_LENGTH_MAX) {
      return message;
    }
    // The reason stands at the end, after keys, which may be long.
    int begin = MESSAGE_LENGTH_MAX / 4;
    int end = message.length() - (MESSAGE_LENGTH_MAX - begin);
    return message.substring(0, begin) + "..." + message.substring(end);
  }

  /** The objects that are not there as they are here, also those that are under way. */
  List<MirrorFailure> failing() {
    return snapshot().getFailingList();
  }

  /** So many objects fail that nothing more is read. */
  boolean isHeld() {
    lock.lock();
    try {
      return progress.getFailingCount() >= FAILING_MAX;
    } finally {
      lock.unlock();
    }
  }

  private int indexOf(ByteString key) {
    for (int i = 0; i < progress.getFailingCount(); i++) {
      if (progress.getFailing(i).getKey().equals(key)) {
        return i;
      }
    }
    return -1;
  }

  private void settle() {
    if (progress.getFailingCount() == 0 && progress.hasReadTo() && !progress.getLost()) {
      progress.setPosition(progress.getReadTo()).setPositionMs(progress.getReadToMs());
    }
  }
}
