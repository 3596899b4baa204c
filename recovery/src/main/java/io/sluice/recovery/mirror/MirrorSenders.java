package io.sluice.recovery.mirror;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.target.s3.S3Objects;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Mirrors some objects at a time. What fails of one is written down, and the others go on; what is
 * wrong with the endpoint, or with this cluster, ends all of them. For one caller at a time.
 */
final class MirrorSenders implements AutoCloseable {
  /** Objects of a batch: its tasks are all that ever wait. */
  static final int BATCH_MAX = 50;

  private static final int THREADS = 4;
  private static final int IDLE_SECONDS = 30;

  /** What is done with an object. */
  record Task(ByteString key, Work work) {}

  /** Mirrors one. */
  @FunctionalInterface
  interface Work {
    void run(ByteString key) throws IOException;
  }

  private final MirrorJournal journal;
  private final Clock clock;
  private final ThreadPoolExecutor threads;

  MirrorSenders(String name, MirrorJournal journal, Clock clock) {
    this.journal = journal;
    this.clock = clock;
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "sluice-mirror-" + name + "-send");
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Mirrors all of a batch, each key once.
   *
   * @return whether none of them failed
   * @throws IOException when it is not about one object; of some it is then unknown what became
   */
  boolean run(List<Task> batch) throws IOException {
    AtomicBoolean whole = new AtomicBoolean(true);
    AtomicReference<Exception> ended = new AtomicReference<>();
    List<Future<?>> running = new ArrayList<>(batch.size());
    for (Task task : batch) {
      running.add(threads.submit(() -> run(task, ended, whole)));
    }
    try {
      for (Future<?> each : running) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw new IOException("a sender failed: " + e.getCause(), e);
    } catch (InterruptedException e) {
      running.forEach(each -> each.cancel(true));
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
    Exception failure = ended.get();
    if (failure instanceof IOException io) {
      throw io;
    }
    if (failure instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    return whole.get();
  }

  private void run(Task task, AtomicReference<Exception> ended, AtomicBoolean whole) {
    if (ended.get() != null) {
      return;
    }
    try {
      task.work().run(task.key());
      journal.mirrored(task.key());
    } catch (IOException e) {
      if (isOfOneObject(e)) {
        whole.set(false);
        journal.failed(task.key(), String.valueOf(e.getMessage()), clock.millis());
      } else {
        ended.compareAndSet(null, e);
      }
    } catch (RuntimeException e) {
      ended.compareAndSet(null, e);
    }
  }

  private static boolean isOfOneObject(IOException e) {
    return e instanceof ObjectProblemException
        || S3Objects.isOfOneObject(e)
        || S3Objects.isDenied(e);
  }

  @Override
  public void close() {
    // Whoever waits for what never began must be let go.
    for (Runnable waiting : threads.shutdownNow()) {
      if (waiting instanceof Future<?> task) {
        task.cancel(true);
      }
    }
  }
}
