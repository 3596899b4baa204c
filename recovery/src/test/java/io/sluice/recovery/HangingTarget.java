package io.sluice.recovery;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.ForwardingTarget;
import io.sluice.recovery.backup.target.NewFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Hangs, as a file system does whose server is gone, until a test wakes it up. */
final class HangingTarget extends ForwardingTarget {
  private final int packThatHangs;
  private final CountDownLatch wakeUp;
  private final CountDownLatch hangs;
  private final AtomicInteger packs = new AtomicInteger();

  private HangingTarget(
      int packThatHangs, BackupTarget target, CountDownLatch wakeUp, CountDownLatch hangs) {
    super(target);
    this.packThatHangs = packThatHangs;
    this.wakeUp = wakeUp;
    this.hangs = hangs;
  }

  /** When that pack is to be made visible; from 1 on. */
  static HangingTarget atPack(int pack, BackupTarget target, CountDownLatch wakeUp) {
    return new HangingTarget(pack, target, wakeUp, new CountDownLatch(1));
  }

  /**
   * As soon as anything is listed.
   *
   * @param hangs is counted down then
   */
  static HangingTarget atOnce(BackupTarget target, CountDownLatch wakeUp, CountDownLatch hangs) {
    return new HangingTarget(0, target, wakeUp, hangs);
  }

  /** Returns when it hangs. */
  void awaitHang() throws InterruptedException {
    hangs.await();
  }

  private void hang() throws IOException {
    hangs.countDown();
    try {
      wakeUp.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void list(String prefix, String after, Consumer<FileStatus> each) throws IOException {
    if (packThatHangs == 0) {
      hang();
    }
    super.list(prefix, after, each);
  }

  @Override
  public NewFile create(String name) throws IOException {
    NewFile file = super.create(name);
    boolean isHeld = name.endsWith(".pack") && packs.incrementAndGet() == packThatHangs;
    return isHeld ? new Held(file) : file;
  }

  private final class Held implements NewFile {
    private final NewFile file;

    Held(NewFile file) {
      this.file = file;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      file.write(bytes);
    }

    @Override
    public void commit() throws IOException {
      hang();
      file.commit();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
