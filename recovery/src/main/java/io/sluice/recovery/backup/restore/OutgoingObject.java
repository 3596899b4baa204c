package io.sluice.recovery.backup.restore;

import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.recovery.backup.target.NewFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An object on its way to an endpoint, byte after byte. It appears there when all of them came and
 * are what was uploaded once, and else not at all. For one thread at a time.
 */
public final class OutgoingObject implements Closeable {
  private final NewFile upload;
  private final ContentCheck check;
  private final long size;

  /**
   * @param upload takes the bytes; closed with this
   */
  public OutgoingObject(NewFile upload, RowGroup row) {
    this.upload = upload;
    this.check = new ContentCheck(row);
    this.size = row.row().getObject().getObject().getSize();
  }

  /** Adds the next bytes; they may be used again when this returns. */
  public void write(ByteBuffer bytes) throws IOException {
    check.update(bytes);
    upload.write(bytes);
  }

  /** Whether every byte came. */
  public boolean isWhole() {
    return check.position() == size;
  }

  /**
   * Makes the object appear.
   *
   * @return false when its bytes are not what was uploaded
   */
  public boolean finish() throws IOException {
    if (!isWhole() || !check.isRight()) {
      return false;
    }
    upload.commit();
    return true;
  }

  /** Without a finish before, nothing is left of it. */
  @Override
  public void close() throws IOException {
    upload.close();
  }
}
