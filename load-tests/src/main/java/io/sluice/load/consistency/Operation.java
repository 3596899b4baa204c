package io.sluice.load.consistency;

/**
 * One request to one key, as its client saw it. A value is the number of a content that no other
 * write has; {@link #ABSENT} stands for no object.
 *
 * @param client who asked
 * @param value what was written, or for {@link Kind#READ} what was seen
 * @param expected for {@link Kind#SWAP} the value that the condition named
 * @param invoked monotonic time just before the request was sent, in nanoseconds
 * @param returned monotonic time just after the answer came, in nanoseconds; {@link #NEVER} when
 *     the outcome is unknown
 */
record Operation(
    int client,
    Kind kind,
    long value,
    long expected,
    Outcome outcome,
    long invoked,
    long returned) {

  static final long ABSENT = 0;
  static final long NEVER = Long.MAX_VALUE;

  /** What {@link #apply} gives when the operation cannot have been answered so in that state. */
  static final long IMPOSSIBLE = -1;

  /** What a client can do to a key. */
  enum Kind {
    /** GetObject, HeadObject, or the key's place in a listing. */
    READ,
    /** PutObject, or DeleteObject when the value is {@link #ABSENT}. */
    WRITE,
    /** PutObject with {@code If-None-Match: *}. */
    CREATE,
    /** PutObject with {@code If-Match}. */
    SWAP
  }

  /** What the client knows of it. */
  enum Outcome {
    DONE,
    /** The condition did not hold. */
    REFUSED,
    /** No answer, or one that leaves it open: it may take effect at any later time, or never. */
    UNKNOWN
  }

  Operation {
    if (outcome == Outcome.UNKNOWN && (returned != NEVER || kind == Kind.READ)) {
      throw new IllegalArgumentException("only a write is unknown, and it has no end");
    }
  }

  boolean isUnknown() {
    return outcome == Outcome.UNKNOWN;
  }

  /** Whether it changes nothing, wherever it is possible. */
  boolean isObservation() {
    return kind == Kind.READ || outcome == Outcome.REFUSED;
  }

  /** Whether it takes effect in any state. */
  boolean isBlind() {
    return kind == Kind.WRITE;
  }

  /**
   * The register's state after this operation took effect in {@code state}; {@link #IMPOSSIBLE}
   * when it cannot have had its outcome there. One of unknown outcome is taken as done.
   */
  long apply(long state) {
    boolean refused = outcome == Outcome.REFUSED;
    return switch (kind) {
      case READ -> state == value ? state : IMPOSSIBLE;
      case WRITE -> value;
      case CREATE -> conditional(state == ABSENT, refused, state);
      case SWAP -> conditional(state == expected, refused, state);
    };
  }

  private long conditional(boolean holds, boolean refused, long state) {
    if (holds == refused) {
      return IMPOSSIBLE;
    }
    return refused ? state : value;
  }

  @Override
  public String toString() {
    String what =
        switch (kind) {
          case READ -> "read " + name(value);
          case WRITE -> value == ABSENT ? "delete" : "write " + name(value);
          case CREATE -> "create " + name(value);
          case SWAP -> "swap " + name(expected) + " for " + name(value);
        };
    String end = returned == NEVER ? "…" : Long.toString(returned);
    return "client " + client + " [" + invoked + ", " + end + "] " + what + ": " + outcome;
  }

  private static String name(long value) {
    return value == ABSENT ? "nothing" : "v" + value;
  }
}
