package io.sluice.load.crash;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a key may hold, from the writes that were sent to it and what their answers were.
 *
 * <p>Every write has an interval on a logical clock, from just before it was sent to just after its
 * answer came; a write without an answer has no end. When all is quiet, the key holds the value of
 * a write that no acknowledged write strictly follows; if none was acknowledged, what it held
 * before is possible too. That is what linearizability leaves possible, and it covers writers that
 * race for one key.
 *
 * <p>Thread-safe.
 */
final class KeyHistory {

  private static final long NEVER = Long.MAX_VALUE;

  private final ReentrantLock lock = new ReentrantLock();
  private final List<Write> writes = new ArrayList<>();
  private Optional<Content> settled = Optional.empty();
  private boolean seenExisting;

  /** A write; empty content is a delete. */
  private static final class Write {
    private final Optional<Content> content;
    private final boolean createsOnly;
    private final long sent;
    private long answered = NEVER;
    private boolean refused;

    Write(Optional<Content> content, boolean createsOnly, long sent) {
      this.content = content;
      this.createsOnly = createsOnly;
      this.sent = sent;
    }

    boolean acknowledged() {
      return answered != NEVER;
    }
  }

  /** A write that was sent and whose answer is not known yet. */
  final class Pending {
    private final Write write;

    private Pending(Write write) {
      this.write = write;
    }

    void acknowledged(long now) {
      lock.lock();
      try {
        write.answered = now;
      } finally {
        lock.unlock();
      }
    }

    /**
     * The server said that it did not do it; with {@code keyExists} because the key had a value.
     */
    void refused(boolean keyExists) {
      lock.lock();
      try {
        write.refused = true;
        seenExisting |= keyExists;
      } finally {
        lock.unlock();
      }
    }
  }

  /** Call just before a PUT is sent. */
  Pending put(Content content, long now) {
    return add(new Write(Optional.of(content), false, now));
  }

  /** Call just before a PUT with {@code If-None-Match: *} is sent. */
  Pending create(Content content, long now) {
    return add(new Write(Optional.of(content), true, now));
  }

  /** Call just before a DELETE is sent. */
  Pending delete(long now) {
    return add(new Write(Optional.empty(), false, now));
  }

  private Pending add(Write write) {
    lock.lock();
    try {
      writes.add(write);
      return new Pending(write);
    } finally {
      lock.unlock();
    }
  }

  /** What the key may hold now; an empty element means that it may be absent. */
  Set<Optional<Content>> possible() {
    lock.lock();
    try {
      Set<Optional<Content>> possible = new LinkedHashSet<>();
      boolean mustExist = seenExisting && neverDeleted();
      if (writes.stream().noneMatch(Write::acknowledged) && !(mustExist && settled.isEmpty())) {
        possible.add(settled);
      }
      boolean created = writes.stream().anyMatch(w -> w.createsOnly && w.acknowledged());
      for (Write write : writes) {
        // Where one creation won, no other one can have happened, answered or not.
        boolean lostRace = created && write.createsOnly && !write.acknowledged();
        if (!write.refused && !lostRace && !followed(write)) {
          possible.add(write.content);
        }
      }
      return possible;
    } finally {
      lock.unlock();
    }
  }

  private boolean followed(Write write) {
    return write.acknowledged()
        && writes.stream().anyMatch(w -> w.acknowledged() && w.sent > write.answered);
  }

  private boolean neverDeleted() {
    return writes.stream().noneMatch(w -> w.content.isEmpty() && !w.refused);
  }

  /**
   * How many conditional creations were acknowledged; more than one on a key without deletes is a
   * violation.
   */
  long creationsAcknowledged() {
    lock.lock();
    try {
      return writes.stream().filter(w -> w.createsOnly && w.acknowledged()).count();
    } finally {
      lock.unlock();
    }
  }

  /** A quiet key was read and held this: that is now what is known. */
  void settle(Optional<Content> content) {
    lock.lock();
    try {
      settled = content;
      seenExisting = false;
      writes.clear();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The same where a write that was not answered may still be on its way: a time-out at the client
   * says nothing about when the store gives up.
   */
  void settleAnswered(Optional<Content> content) {
    lock.lock();
    try {
      settled = content;
      seenExisting = false;
      writes.removeIf(
          write ->
              write.acknowledged()
                  || write.refused
                  || (content.isPresent() && write.content.equals(content)));
    } finally {
      lock.unlock();
    }
  }
}
