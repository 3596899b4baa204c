package io.sluice.metadata.raft;

/**
 * How long a group stays closed after this peer was removed from it. It is opened again, for the
 * peer may be admitted again. But one that was away when its place was given to another does not
 * know of that: it stands for election as soon as it is open, is told that it is no member, and is
 * closed by Ratis, once a second for as long as it runs. So each time it comes soon, the pause is
 * longer; an admission meanwhile fails, and is tried again by whoever leads.
 */
final class ReopenPause {
  static final long MS_MIN = 1_000;
  static final long MS_MAX = 30_000;

  /** A group that was open for so long may be opened at once the next time. */
  static final long QUIET_MS = 60_000;

  private boolean opened;
  private long openedMs;
  private long pauseMs;

  /**
   * It was removed now.
   *
   * @param nowMs on a monotonic clock
   * @return after how long it is to be opened
   */
  synchronized long removedAt(long nowMs) {
    boolean soon = opened && nowMs - openedMs < QUIET_MS;
    pauseMs = soon ? Math.min(MS_MAX, Math.max(MS_MIN, 2 * pauseMs)) : 0;
    opened = true;
    openedMs = nowMs + pauseMs;
    return pauseMs;
  }
}
