package io.sluice.metadata.state.row;

/** A row can't be read without I/O, and the reader wanted none. Stackless: it is no surprise. */
public final class NotInMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public NotInMemoryException() {
    super("not in memory", null, false, false);
  }
}
