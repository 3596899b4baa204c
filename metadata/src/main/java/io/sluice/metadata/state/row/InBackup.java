package io.sluice.metadata.state.row;

/**
 * How a backup has rows: each {@link Family} says so of all of its own, so that none is added
 * without somebody deciding it.
 */
public enum InBackup {
  /**
   * The rows say since when they are so, and the commands that write them give what they replace to
   * the history: objects and buckets.
   */
  BY_HISTORY,
  /**
   * What each row was before is written whenever one is put or deleted, by whichever command: see
   * {@code UndoRows}. For everything that is small and seldom changes; there is nothing else to do
   * for a new one than to say so in {@link Family}, and to name it in {@code backup.proto}.
   */
  BY_UNDO,
  /** It is reached from rows of the history, which keep it: content of objects. */
  BY_REFERENCE,
  /** It is made of the others again. */
  DERIVED,
  /** It says how this cluster works and how far it is; another one has its own. */
  NOT_PART
}
