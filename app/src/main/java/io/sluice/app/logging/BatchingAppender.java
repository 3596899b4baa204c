package io.sluice.app.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.BooleanSupplier;

/**
 * Writes lines in batches while more of them wait: a system call for each line would cost a busy
 * server more than making the line. The last one that waits goes out at once.
 *
 * <p>Behind an asynchronous appender, on its one thread.
 */
final class BatchingAppender extends OutputStreamAppender<ILoggingEvent> {
  private static final int BUFFER_BYTES = 32 * 1024;

  private final OutputStream target;
  private final BooleanSupplier moreWait;

  /**
   * @param target flushed, but not closed, with the appender: the standard error stream outlives it
   * @param moreWait whether another event will follow without waiting for one to be made
   */
  BatchingAppender(OutputStream target, BooleanSupplier moreWait) {
    this.target = new BufferedOutputStream(target, BUFFER_BYTES);
    this.moreWait = moreWait;
    setImmediateFlush(false);
  }

  @Override
  public void start() {
    setOutputStream(target);
    super.start();
  }

  @Override
  protected void subAppend(ILoggingEvent event) {
    // Asked before the event is written: one that comes meanwhile is flushed by its own turn.
    setImmediateFlush(!moreWait.getAsBoolean());
    super.subAppend(event);
  }

  @Override
  protected void closeOutputStream() {
    try {
      target.flush();
    } catch (IOException e) {
      addError("the last lines could not be written", e);
    }
  }
}
