package io.sluice.recovery.backup.restore;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;

/**
 * A file being restored, under another name until it is whole. Bytes come in any order; those that
 * come in theirs are checked on the way, the others are read back at the end. For one thread at a
 * time.
 */
final class ObjectFile implements Closeable {
  private static final int READ_BACK = 1 << 20;

  private final WantedObject object;
  private final Path unfinished;
  private final FileChannel channel;
  private final ContentCheck check;
  private long left;

  ObjectFile(WantedObject object, Path unfinished) throws IOException {
    this.object = object;
    this.unfinished = unfinished;
    this.check = new ContentCheck(object.row());
    this.left = object.size();
    this.channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
  }

  /** Adds bytes at an offset; each byte of the object comes once. */
  void write(long offset, ByteBuffer bytes) throws IOException {
    if (offset == check.position()) {
      check.update(bytes);
    }
    left -= bytes.remaining();
    long at = offset;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  /** Whether every byte came. */
  boolean isWhole() {
    return left == 0;
  }

  /**
   * Checks the file and moves it to its place.
   *
   * @param place in a directory that is there
   * @return whether it is what was uploaded; if not it is gone
   */
  boolean finish(Path place) throws IOException {
    readBack();
    boolean right = check.position() == object.size() && check.isRight();
    channel.close();
    if (right) {
      setTime(FileTime.fromMillis(object.version().getLastModifiedMs()));
      Files.move(unfinished, place, StandardCopyOption.ATOMIC_MOVE);
    }
    return right;
  }

  /** Both times, and not through links: for one of them the JDK opens the file again and asks. */
  private void setTime(FileTime time) throws IOException {
    Files.getFileAttributeView(unfinished, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(time, time, null);
  }

  private void readBack() throws IOException {
    if (check.position() == object.size()) {
      return; // most files: spares a buffer for each
    }
    ByteBuffer back = ByteBuffer.allocate((int) Math.min(READ_BACK, object.size()));
    while (check.position() < object.size()) {
      back.clear();
      int count = channel.read(back, check.position());
      if (count < 0) {
        return;
      }
      check.update(back.flip());
    }
  }

  /** Ends the writing. What is not finished is removed. */
  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(unfinished);
  }
}
