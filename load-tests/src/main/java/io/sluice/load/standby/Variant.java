package io.sluice.load.standby;

/** What becomes of a primary, and how its standby takes over. */
enum Variant {
  /** All of its processes are killed; its operator promotes the standby. */
  KILL(false),
  /** The same with a lease; the standby takes over by itself. */
  AUTOMATIC(true),
  /** The same, and the standby is killed too while it takes over, and started again. */
  AUTOMATIC_INTERRUPTED(true),
  /** All of its processes are stopped and go on later; the standby takes over by itself. */
  PAUSE(true),
  /** Neither the standby nor the meeting place can be reached; clients write on. */
  PARTITION(false),
  /** The same with a lease; the standby takes over by itself. */
  LEASED_PARTITION(true),
  /** It lives, with a lease; the standby is promoted by force, and killed in the middle of that. */
  INTERRUPTED(true);

  private final boolean leased;

  Variant(boolean leased) {
    this.leased = leased;
  }

  /** Whether the primary has a lease. */
  boolean isLeased() {
    return leased;
  }

  /** Whether nobody promotes the standby. */
  boolean isAutomatic() {
    return this == AUTOMATIC
        || this == AUTOMATIC_INTERRUPTED
        || this == PAUSE
        || this == LEASED_PARTITION;
  }
}
