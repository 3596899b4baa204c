package io.sluice.load.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A child JVM that says in a line of its output when it is ready. Its output is appended to a log
 * file and never blocks it. A child dies with this JVM.
 */
public final class ChildProcess implements AutoCloseable {

  private final Process process;
  private final Path log;
  private final CompletableFuture<Long> readyNanos = new CompletableFuture<>();
  private final Thread shutdownHook;
  private final long startedNanos;

  private ChildProcess(Process process, Path log, Predicate<String> isReady) {
    this.process = process;
    this.log = log;
    this.startedNanos = System.nanoTime();
    this.shutdownHook = new Thread(process::destroyForcibly, "child-reaper");
    Runtime.getRuntime().addShutdownHook(shutdownHook);
    Thread reader = new Thread(() -> copyOutput(isReady), "child-output");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts a command whose standard output and error go to {@code log}. Errors go there without
   * passing this process: a server's access log would cost it as much as the requests do.
   *
   * @param isReady recognises the line that says the child can serve
   */
  public static ChildProcess start(
      List<String> command, Map<String, String> environment, Path log, Predicate<String> isReady)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    return new ChildProcess(builder.start(), log, isReady);
  }

  private void copyOutput(Predicate<String> isReady) {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        Writer copy =
            Files.newBufferedWriter(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (@Nullable String line = output.readLine(); line != null; line = output.readLine()) {
        copy.write(line + System.lineSeparator());
        copy.flush();
        if (isReady.test(line)) {
          readyNanos.complete(System.nanoTime() - startedNanos);
        }
      }
      readyNanos.completeExceptionally(new IOException("the child ended; see " + log));
    } catch (IOException e) {
      readyNanos.completeExceptionally(e);
    } catch (UncheckedIOException e) {
      readyNanos.completeExceptionally(e.getCause());
    }
  }

  /**
   * Waits until the child is ready.
   *
   * @return the time from its start to the ready line
   * @throws IOException when it ended or did not become ready in time
   */
  public Duration readyWithin(Duration limit) throws IOException {
    try {
      return Duration.ofNanos(readyNanos.get(limit.toNanos(), TimeUnit.NANOSECONDS));
    } catch (ExecutionException e) {
      throw new IOException("not ready: " + e.getMessage(), e);
    } catch (TimeoutException e) {
      throw new IOException("not ready within " + limit + "; see " + log, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  public long pid() {
    return process.pid();
  }

  public ProcessHandle handle() {
    return process.toHandle();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL; returns when the process is gone. */
  public void kill() {
    process.destroyForcibly();
    ended(Duration.ofSeconds(30));
  }

  /** SIGTERM; SIGKILL when it has not ended in time. Returns the exit code. */
  public int stop(Duration limit) {
    process.destroy();
    if (!ended(limit)) {
      process.destroyForcibly();
      ended(limit);
    }
    return process.isAlive() ? -1 : process.exitValue();
  }

  private boolean ended(Duration limit) {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      if (!process.isAlive()) {
        forgetHook();
      }
    }
  }

  private void forgetHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      // This JVM is shutting down already: the hook has run or runs now.
    }
  }

  @Override
  public void close() {
    stop(Duration.ofSeconds(20));
  }
}
