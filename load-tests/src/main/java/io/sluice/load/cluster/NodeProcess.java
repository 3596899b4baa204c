package io.sluice.load.cluster;

import io.sluice.load.process.ChildProcess;
import io.sluice.load.process.ServerOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One node of the server: its place, its directory, and its process, which may come and go. */
public final class NodeProcess {

  private static final Duration STOP_LIMIT = Duration.ofSeconds(40);

  private final int number;
  private final ServerOptions options;
  private final Network network;
  private final Path directory;
  private final Path log;
  private final List<String> arguments;
  private final Map<String, String> environment;
  private @Nullable ChildProcess process;

  NodeProcess(
      int number,
      ServerOptions options,
      Network network,
      Path directory,
      Path log,
      List<String> arguments,
      Map<String, String> environment) {
    this.number = number;
    this.options = options;
    this.network = network;
    this.directory = directory;
    this.log = log;
    this.arguments = arguments;
    this.environment = environment;
  }

  /** From 1. */
  public int number() {
    return number;
  }

  /** The name that the node has in the cluster. */
  public String name() {
    return name(number);
  }

  static String name(int number) {
    return "node-" + number;
  }

  public URI endpoint() {
    return network.address(number).endpoint();
  }

  /** Where everything of the node lies. */
  public Path directory() {
    return directory;
  }

  /** The directories of its storage verticles. */
  public List<Path> disks() {
    return options.dataDirectories(data());
  }

  private Path data() {
    return directory.resolve("data");
  }

  public void start() throws IOException {
    List<String> command = new ArrayList<>(network.commandPrefix(number));
    command.addAll(options.commandLine(data(), network.address(number).s3(), arguments));
    Map<String, String> variables = new TreeMap<>(ServerOptions.environment());
    variables.putAll(environment);
    process = ChildProcess.start(command, variables, log, ServerOptions::isReadyLine);
  }

  /**
   * Waits for the line that says it can serve.
   *
   * @throws IOException when it ended or did not become ready in time
   */
  public Duration readyWithin(Duration limit) throws IOException {
    return running().readyWithin(limit);
  }

  public boolean isAlive() {
    return process != null && process.isAlive();
  }

  public long pid() {
    return running().pid();
  }

  /** SIGKILL; one that is not running stays so. */
  public void kill() {
    if (process != null) {
      process.kill();
    }
  }

  /**
   * SIGTERM, and SIGKILL when that takes too long.
   *
   * @return the exit code
   */
  public int stop() {
    return running().stop(STOP_LIMIT);
  }

  /** SIGSTOP: the process keeps its connections and answers nothing. */
  public void pause() throws IOException {
    Shell.run("kill", "-STOP", Long.toString(pid()));
  }

  /** SIGCONT. */
  public void resume() throws IOException {
    Shell.run("kill", "-CONT", Long.toString(pid()));
  }

  private ChildProcess running() {
    if (process == null) {
      throw new IllegalStateException(name() + " was never started");
    }
    return process;
  }
}
