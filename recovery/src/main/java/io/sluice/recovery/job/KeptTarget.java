package io.sluice.recovery.job;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A target that is looked at again and again: it stays open from one look to the next, until one
 * fails. A look at one that hangs is given up, as by {@link TargetLook}, and whoever hung there
 * closes it when it is back.
 *
 * <p>One look at a time; any thread.
 */
final class KeptTarget {
  private static final Logger log = LoggerFactory.getLogger(KeptTarget.class);

  private final BackupGround on;
  private final TargetRecord target;
  private volatile Visit visit;
  private volatile boolean closed;

  KeptTarget(BackupGround on, TargetRecord target) {
    this.on = on;
    this.target = TargetLook.named(target);
    this.visit = new Visit();
  }

  /** Of one worker, until it is given up. */
  private final class Visit {
    final TargetWorker worker = new TargetWorker(on, target, on.lookers(), TargetLook.SILENCE_MAX);
    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by the lock. */
    private @Nullable BackupTarget opened;

    <T> T look(TargetLook<T> look) throws IOException {
      lock.lock();
      boolean isWell = false;
      try {
        BackupTarget at = opened == null ? worker.open() : opened;
        opened = at;
        T seen = look.at(at);
        isWell = true;
        return seen;
      } finally {
        if (!isWell || worker.isOver()) {
          leave();
        }
        lock.unlock();
        leaveIfClosed();
      }
    }

    /** Whoever looks does so afterwards. */
    void leaveIfClosed() {
      if (closed && lock.tryLock()) {
        try {
          leave();
        } finally {
          lock.unlock();
        }
      }
    }

    /** With the lock. */
    private void leave() {
      try (BackupTarget leaving = opened) {
        opened = null;
      } catch (IOException e) {
        log.debug("{} did not close", target.getUrl(), e);
      }
    }
  }

  /**
   * Looks, on one of the node's lookers.
   *
   * @return fails with an {@link IOException} for people
   */
  <T> Uni<T> look(TargetLook<T> look) {
    return Uni.createFrom()
        .deferred(
            () -> {
              Visit at = visit.worker.isOver() ? new Visit() : visit;
              visit = at;
              return at.worker.step(() -> at.look(look));
            });
  }

  /** Closes it, after the look that is under way; returns at once. */
  void close() {
    closed = true;
    Visit last = visit;
    last.worker
        .step(
            () -> {
              last.leaveIfClosed();
              return true;
            })
        .subscribe()
        .with(done -> {}, failure -> log.debug("{} is not closed yet", target.getUrl(), failure));
  }
}
