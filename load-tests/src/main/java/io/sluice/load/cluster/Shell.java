package io.sluice.load.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Short commands of the system. */
public final class Shell {

  private static final long LIMIT_SECONDS = 30;

  private Shell() {}

  /**
   * Runs a command to its end.
   *
   * @return what it wrote to its standard output
   * @throws IOException with what it wrote to its standard error, when it failed or took more than
   *     30 s
   */
  public static String run(String... command) throws IOException {
    return run(List.of(command), Map.of());
  }

  /** The same with more variables in its environment. */
  public static String run(List<String> command, Map<String, String> environment)
      throws IOException {
    List<String> found = new ArrayList<>(command);
    found.set(0, program(command.get(0)));
    ProcessBuilder builder = new ProcessBuilder(found);
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      // Both at once: a command that fills one pipe would wait for ever while the other is read.
      Future<String> output = CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
      Future<String> errors = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(command + " took more than " + LIMIT_SECONDS + " s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + ": " + errors.get().strip());
      }
      return output.get();
    } catch (ExecutionException e) {
      throw new IOException("can't read the output of " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Where the system's own programs are (tc, mkfs, mount), whatever the PATH says. */
  private static String program(String name) {
    return Stream.of("/usr/sbin", "/sbin")
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst()
        .orElse(name);
  }

  private static String text(InputStream stream) {
    try {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a command whose failure does not matter; whether it succeeded. */
  public static boolean attempt(String... command) {
    try {
      run(command);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
