package io.sluice.gateway.http;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts what is under way, up to a limit. For all threads. */
final class Admission {
  private final int limit;
  private final AtomicInteger inside = new AtomicInteger();

  Admission(int limit) {
    this.limit = limit;
  }

  /** Takes a place if one is free. */
  boolean tryEnter() {
    if (inside.incrementAndGet() <= limit) {
      return true;
    }
    inside.decrementAndGet();
    return false;
  }

  /** Gives a place back. */
  void leave() {
    inside.decrementAndGet();
  }

  int inside() {
    return inside.get();
  }

  int limit() {
    return limit;
  }
}
