package io.sluice.load.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

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
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      // Both are short enough for the pipes' buffers, so neither blocks the other.
      boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        throw new IOException(command + " took more than " + LIMIT_SECONDS + " s");
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + ": " + errors.strip());
      }
      return output;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
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
