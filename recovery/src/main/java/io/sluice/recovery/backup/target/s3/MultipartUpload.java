package io.sluice.recovery.backup.target.s3;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * A file on its way in parts. Some parts of all files of a target are sent by its own threads;
 * while those are all at work, the writer sends one itself. So memory has a limit, and a writer
 * never waits for another one. Blocks; for one thread at a time.
 */
final class MultipartUpload {
  /** S3's. */
  private static final int PARTS_MAX = 10_000;

  private final ObjectWriter writer;
  private final ThreadPoolExecutor threads;
  private final ObjectToWrite object;
  private final String id;
  private final Deque<Future<SentPart>> underWay = new ArrayDeque<>();
  private final Map<Integer, SentPart> done = new TreeMap<>();
  private int count;
  private boolean completed;

  private MultipartUpload(
      ObjectWriter writer, ThreadPoolExecutor threads, ObjectToWrite object, String id) {
    this.writer = writer;
    this.threads = threads;
    this.object = object;
    this.id = id;
  }

  static MultipartUpload begin(
      ObjectWriter writer, ThreadPoolExecutor threads, ObjectToWrite object) throws IOException {
    return new MultipartUpload(writer, threads, object, writer.begin(object));
  }

  /**
   * Sends the next part, or has it sent.
   *
   * @param buffer not used by anybody else any more
   * @throws IOException also for a part before this one
   */
  void add(PartBuffer buffer) throws IOException {
    collect(false);
    if (count == PARTS_MAX) {
      throw new IOException(
          object.key()
              + " has more than "
              + PARTS_MAX
              + " parts: give its target a larger part-size");
    }
    int number = ++count;
    try {
      underWay.add(threads.submit(() -> writer.part(object.key(), id, number, buffer.seal())));
    } catch (RejectedExecutionException e) {
      keep(writer.part(object.key(), id, number, buffer.seal()));
    }
  }

  /** Makes a file of the parts, when all are there. */
  void complete() throws IOException {
    collect(true);
    completed = writer.complete(object, id, List.copyOf(done.values()));
  }

  /** Frees the parts that did not become a file, also on a thread that was interrupted for that. */
  void close() throws IOException {
    if (completed) {
      return;
    }
    List<Future<SentPart>> rest = new ArrayList<>(underWay);
    underWay.clear();
    rest.forEach(part -> part.cancel(true));
    boolean wasInterrupted = Thread.interrupted();
    try {
      writer.abort(object.key(), id);
    } finally {
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void collect(boolean all) throws IOException {
    while (!underWay.isEmpty() && (all || underWay.element().isDone())) {
      keep(result(underWay.remove()));
    }
  }

  private void keep(SentPart part) {
    done.put(part.number(), part);
  }

  private static SentPart result(Future<SentPart> part) throws IOException {
    try {
      return part.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IOException("a part could not be sent: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
  }
}
