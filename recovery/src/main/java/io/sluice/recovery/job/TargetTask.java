package io.sluice.recovery.job;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something long that a node does at a target, and how far it is. Any thread.
 *
 * @param <R> what it finds
 */
public final class TargetTask<R> {
  /** How it ended; one of them is there. */
  public record End<R>(Instant at, @Nullable R result, @Nullable Throwable failure) {}

  private final String id;
  private final Instant started;
  private volatile String phase = "";
  private volatile long done;
  private volatile long all;
  private volatile @Nullable End<R> end;

  TargetTask(String id, Instant started) {
    this.id = id;
    this.started = started;
  }

  public String id() {
    return id;
  }

  public Instant started() {
    return started;
  }

  void phase(String now) {
    phase = now;
  }

  void progress(long bytesDone, long bytesAll) {
    done = bytesDone;
    all = bytesAll;
  }

  void end(End<R> how) {
    end = how;
  }

  /** What it does now, for people; empty: nothing worth telling. */
  public String phase() {
    return phase;
  }

  /** Bytes that are done. */
  public long done() {
    return done;
  }

  /** Bytes that there are to do, as far as that is known; 0: not yet. */
  public long all() {
    return all;
  }

  /** How it ended; null: it goes on. */
  public @Nullable End<R> end() {
    return end;
  }
}
