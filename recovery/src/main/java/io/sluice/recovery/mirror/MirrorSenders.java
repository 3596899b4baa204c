package io.sluice.recovery.mirror;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.target.s3.S3Objects;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Mirrors some objects at a time. What fails of one is written down, and the others go on; what is
 * wrong with the endpoint, or with this cluster, ends all of them.
 *
 * <p>A few that take long, because they are large, are left behind when only they are under way:
 * they are written down like those that fail, so that nobody takes them for stored, and the next
 * ones go on beside them. A key is sent once at a time: one that is wanted again while it is under
 * way is looked at again when that has ended. For one caller at a time.
 */
final class MirrorSenders implements AutoCloseable {
  /** Objects of a batch: its tasks are all that ever wait. */
  static final int BATCH_MAX = 50;

  private static final int THREADS = 4;

  /** One thread is left for the others. */
  private static final int LEFT_MAX = THREADS - 1;

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int LOOK_EVERY_MS = 100;
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
  private final Duration patience;
  private final ThreadPoolExecutor threads;
  private final ReentrantLock lock = new ReentrantLock();

  /** What was left behind, by key; guarded by the lock. */
  private final Map<ByteString, Sending> left = new HashMap<>();

  /** What ended one of those, and is not about it alone. */
  private final AtomicReference<@Nullable Exception> leftEnded = new AtomicReference<>();

  MirrorSenders(String name, MirrorJournal journal, Clock clock) {
    this(name, journal, clock, PATIENCE);
  }

  /**
   * @param patience after which an object takes long
   */
  MirrorSenders(String name, MirrorJournal journal, Clock clock, Duration patience) {
    this.journal = journal;
    this.clock = clock;
    this.patience = patience;
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

  /** What is said of the tasks of one batch. */
  private static final class Batch {
    final AtomicReference<@Nullable Exception> ended = new AtomicReference<>();
    volatile boolean isWhole = true;
  }

  /**
   * Mirrors all of a batch, each key once.
   *
   * @return whether all of it is there: none failed, and none is under way yet
   * @throws IOException when it is not about one object; of some it is then unknown what became
   */
  boolean run(List<Task> tasks) throws IOException {
    throwIfAny(leftEnded.getAndSet(null));
    Batch batch = new Batch();
    List<Sending> sendings = new ArrayList<>(tasks.size());
    for (Task task : tasks) {
      if (isAgainLater(task.key())) {
        batch.isWhole = false;
      } else {
        Sending sending = new Sending(task, batch);
        sending.future = threads.submit(sending);
        sendings.add(sending);
      }
    }
    try {
      for (Sending each : sendings) {
        if (!each.isDone(sendings)) {
          batch.isWhole = false;
          break;
        }
      }
    } catch (ExecutionException e) {
      throw new IOException("a sender failed: " + e.getCause(), e);
    } catch (InterruptedException e) {
      sendings.forEach(Sending::cancel);
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
    throwIfAny(batch.ended.get());
    return batch.isWhole;
  }

  private static void throwIfAny(@Nullable Exception failure) throws IOException {
    if (failure instanceof IOException io) {
      throw io;
    }
    if (failure instanceof RuntimeException unchecked) {
      throw unchecked;
    }
  }

  private boolean isAgainLater(ByteString key) {
    lock.lock();
    try {
      Sending underWay = left.get(key);
      if (underWay == null) {
        return false;
      }
      underWay.isAgain = true;
      journal.isUnderWay(key, clock.millis()); // a comparison that begins forgets it
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Leaves those behind that are under way still, if they are few and take long. */
  private boolean leave(List<Sending> sendings) {
    lock.lock();
    try {
      List<Sending> underWay = sendings.stream().filter(each -> !each.isDone).toList();
      if (left.size() + underWay.size() > LEFT_MAX
          || !underWay.stream().allMatch(each -> each.takesLongerThan(patience))) {
        return false;
      }
      for (Sending each : underWay) {
        left.put(each.task.key(), each);
        journal.isUnderWay(each.task.key(), clock.millis());
      }
      return true;
    } finally {
      lock.unlock();
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

  /** Waits until nothing is under way any more, when it is closed; whether it came to that. */
  boolean awaitEnd(Duration limit) throws InterruptedException {
    return threads.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** One object on its way. */
  private final class Sending implements Runnable {
    private final Task task;
    private final Batch batch;
    private volatile @Nullable Future<?> future;
    private volatile boolean hasBegun;
    private volatile long begunNanos;

    /** Changed with the lock, as is the next. */
    private volatile boolean isDone;

    private boolean isAgain;

    Sending(Task task, Batch batch) {
      this.task = task;
      this.batch = batch;
    }

    boolean takesLongerThan(Duration patience) {
      return hasBegun && System.nanoTime() - begunNanos > patience.toNanos();
    }

    void cancel() {
      Future<?> running = future;
      if (running != null) {
        running.cancel(true);
      }
    }

    /** Waits for it; false when it was left behind, with all that were under way. */
    boolean isDone(List<Sending> all) throws InterruptedException, ExecutionException {
      Future<?> running = future;
      while (running != null) {
        try {
          running.get(LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
          return true;
        } catch (TimeoutException e) {
          if (leave(all)) {
            return false;
          }
        }
      }
      return true;
    }

    @Override
    public void run() {
      begunNanos = System.nanoTime();
      hasBegun = true;
      Exception failure = null;
      boolean isTried = batch.ended.get() == null;
      if (isTried) {
        try {
          task.work().run(task.key());
        } catch (IOException | RuntimeException e) {
          failure = e;
        }
      }
      lock.lock();
      try {
        isDone = true;
        if (left.remove(task.key(), this)) {
          endLate(failure);
        } else if (isTried) {
          end(failure);
        }
      } finally {
        lock.unlock();
      }
    }

    private void end(@Nullable Exception failure) {
      if (failure == null) {
        journal.mirrored(task.key());
      } else if (failure instanceof IOException io && isOfOneObject(io)) {
        batch.isWhole = false;
        journal.failed(task.key(), String.valueOf(io.getMessage()), clock.millis());
      } else {
        batch.ended.compareAndSet(null, failure);
      }
    }

    private void endLate(@Nullable Exception failure) {
      if (failure instanceof IOException io && isOfOneObject(io)) {
        journal.isToBeLookedAt(task.key(), "", clock.millis());
        journal.failed(task.key(), String.valueOf(io.getMessage()), clock.millis());
      } else if (failure != null) {
        leftEnded.compareAndSet(null, failure);
        journal.isToBeLookedAt(task.key(), "was interrupted", clock.millis());
      } else if (isAgain) {
        journal.isToBeLookedAt(task.key(), "changed while it was sent", clock.millis());
      } else {
        journal.mirrored(task.key());
      }
    }
  }
}
