package io.sluice.recovery.backup.target.s3;

import io.sluice.recovery.backup.target.NewFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadPoolExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that is sent whole when it is small, and otherwise in parts as they fill up. */
final class S3NewFile implements NewFile {
  private static final Logger LOG = LoggerFactory.getLogger(S3NewFile.class);

  private enum State {
    OPEN,
    /** Some of its bytes may be lost. */
    BROKEN,
    COMMITTED,
    CLOSED
  }

  private final ObjectWriter writer;
  private final ThreadPoolExecutor threads;
  private final ObjectToWrite object;
  private final int partBytes;
  private PartBuffer buffer;
  private @Nullable MultipartUpload upload;
  private State state = State.OPEN;

  S3NewFile(ObjectWriter writer, ThreadPoolExecutor threads, ObjectToWrite object, int partBytes) {
    this.writer = writer;
    this.threads = threads;
    this.object = object;
    this.partBytes = partBytes;
    this.buffer = new PartBuffer(partBytes);
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    require(State.OPEN);
    state = State.BROKEN;
    while (bytes.hasRemaining()) {
      // Not as soon as it is full: nothing may follow, and it goes in one piece.
      if (buffer.isFull()) {
        if (upload == null) {
          upload = MultipartUpload.begin(writer, threads, object);
        }
        upload.add(buffer);
        buffer = new PartBuffer(partBytes);
      }
      buffer.fill(bytes);
    }
    state = State.OPEN;
  }

  @Override
  public void commit() throws IOException {
    require(State.OPEN);
    state = State.BROKEN;
    if (upload == null) {
      writer.put(object, buffer.seal());
    } else {
      upload.add(buffer);
      upload.complete();
    }
    state = State.COMMITTED;
  }

  private void require(State needed) throws IOException {
    if (state != needed) {
      throw new IOException(object.key() + " can't be written to: it is " + state);
    }
  }

  /** Without an exception: what can't be freed now is abandoned, and freed as such. */
  @Override
  public void close() {
    MultipartUpload ended = upload;
    state = State.CLOSED;
    upload = null;
    if (ended != null) {
      try {
        ended.close();
      } catch (IOException e) {
        LOG.warn("Parts of an unfinished file are left behind: {}", e.getMessage());
      }
    }
  }
}
