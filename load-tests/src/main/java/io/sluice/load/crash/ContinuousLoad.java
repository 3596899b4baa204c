package io.sluice.load.crash;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Writers that run until this is closed. */
public final class ContinuousLoad implements AutoCloseable {

  private final ExecutorService threads;
  private final List<Future<?>> running = new ArrayList<>();
  private final Duration requestLimit;
  private volatile boolean stopped;

  ContinuousLoad(int writers, Duration requestLimit) {
    this.threads = Executors.newFixedThreadPool(writers);
    this.requestLimit = requestLimit;
  }

  void start(Runnable writer) {
    running.add(threads.submit(writer));
  }

  boolean isStopped() {
    return stopped;
  }

  /**
   * Lets every writer finish what it is doing.
   *
   * @throws IOException when one failed or does not end
   */
  @Override
  public void close() throws IOException {
    stopped = true;
    try {
      for (Future<?> writer : running) {
        // A multipart upload is a handful of requests.
        writer.get(requestLimit.toSeconds() * 6, TimeUnit.SECONDS);
      }
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("a writer failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      threads.shutdownNow();
    }
  }
}
