package io.sluice.metadata.state.rocks;

import io.sluice.metadata.state.row.RowCursor;
import java.util.NoSuchElementException;

/** Goes through the rows of a family that is not there yet. */
enum EmptyCursor implements RowCursor {
  INSTANCE;

  @Override
  public boolean isValid() {
    return false;
  }

  @Override
  public void next() {
    throw new NoSuchElementException();
  }

  @Override
  public void seek(byte[] key) {
    // there is no row anywhere
  }

  @Override
  public byte[] key() {
    throw new NoSuchElementException();
  }

  @Override
  public byte[] value() {
    throw new NoSuchElementException();
  }

  @Override
  public void close() {
    // holds nothing
  }
}
