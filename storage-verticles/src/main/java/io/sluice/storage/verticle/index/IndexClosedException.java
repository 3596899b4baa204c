package io.sluice.storage.verticle.index;

/** The index is closing: the store is being stopped. */
public final class IndexClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  IndexClosedException() {
    super("the index is closed");
  }
}
