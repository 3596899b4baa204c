package io.sluice.recovery.backup.format;

/**
 * Rows that can't be read. Anything from the first key to the last, both included, may have been
 * among them.
 *
 * @param file whose block is damaged
 * @param problem for people
 */
public record RowGap(String file, String problem, RowKey first, RowKey last) {
  /** Whether the thing may be among the rows that are lost. */
  public boolean covers(RowKey key) {
    return first.compareTo(key) <= 0 && key.compareTo(last) <= 0;
  }
}
