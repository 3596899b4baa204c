package io.sluice.load.process;

import io.sluice.load.s3.Credentials;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a run starts the server under test; shared by all runs that start one. */
public final class ServerOptions {

  private static final Credentials RUN_CREDENTIALS =
      new Credentials("loadtestaccesskey", "loadtestsecretkey0123456789abcdef");

  @Option(
      names = "--jar",
      defaultValue = "app/target/sluice.jar",
      description = "Runnable jar of the server (default: ${DEFAULT-VALUE}).")
  private Path jar = Path.of("app/target/sluice.jar");

  @Option(
      names = "--java-opts",
      description = "JVM flags of the server, separated by spaces (default: ${DEFAULT-VALUE}).",
      defaultValue = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
  private String javaOpts = "";

  @Option(
      names = "--disks",
      defaultValue = "1",
      description =
          "Storage verticles of the server; from two on each has a directory of its own (default:"
              + " ${DEFAULT-VALUE}).")
  private int disks = 1;

  @Option(
      names = "--server-args",
      description = "More arguments of the server, separated by spaces.")
  private @Nullable String serverArgs;

  @Option(
      names = "--server-command",
      description =
          "A whole command instead of the jar, separated by spaces; {data} and {address} are"
              + " replaced.")
  private @Nullable String command;

  /** Flags used when the caller gave none; for runs that measure speed rather than start time. */
  public void preferJavaOpts(String flags) {
    if (javaOpts.equals("-XX:+UseSerialGC -XX:TieredStopAtLevel=1")) {
      javaOpts = flags;
    }
  }

  public String javaOpts() {
    return javaOpts;
  }

  /** Starts a server over {@code data}; {@link ChildProcess#readyWithin} waits for it. */
  public ChildProcess start(Path data, int port, Path log) throws IOException {
    return ChildProcess.start(
        commandLine(data, port), environment(), log, ServerOptions::isReadyLine);
  }

  /** The words of the command that serves {@code data} at {@code port}. */
  public List<String> commandLine(Path data, int port) throws IOException {
    return commandLine(data, "127.0.0.1:" + port, List.of());
  }

  /**
   * The words of the command that serves {@code data} at {@code address}, as {@code HOST:PORT}.
   *
   * @param more arguments of this server alone; a given command does not take them
   */
  public List<String> commandLine(Path data, String address, List<String> more) throws IOException {
    List<String> words = new ArrayList<>();
    if (command != null) {
      for (String word : words(command)) {
        words.add(word.replace("{data}", data.toString()).replace("{address}", address));
      }
      return words;
    }
    words.add(javaBinary());
    words.addAll(words(javaOpts));
    words.addAll(ClassArchive.flags(jar));
    words.addAll(List.of("-jar", jar.toString(), "server"));
    for (Path directory : dataDirectories(data)) {
      words.addAll(List.of("--data", directory.toString()));
    }
    words.addAll(List.of("--address", address));
    words.addAll(more);
    if (serverArgs != null) {
      words.addAll(words(serverArgs));
    }
    return words;
  }

  /** The words of another command of the same program. */
  public List<String> commandLine(List<String> arguments) throws IOException {
    List<String> words = new ArrayList<>();
    words.add(javaBinary());
    words.addAll(words(javaOpts));
    words.addAll(ClassArchive.flags(jar));
    words.addAll(List.of("-jar", jar.toString()));
    words.addAll(arguments);
    return words;
  }

  /** Where the storage verticles of the server over {@code data} have their files. */
  public List<Path> dataDirectories(Path data) {
    if (disks == 1) {
      return List.of(data);
    }
    return IntStream.rangeClosed(1, disks).mapToObj(disk -> data.resolve("disk-" + disk)).toList();
  }

  /**
   * The variables that give the server this run's root credentials, and those that {@code
   * bin/sluice} sets.
   */
  public static Map<String, String> environment() {
    return Map.of(
        "SLUICE_ROOT_ACCESS_KEY", RUN_CREDENTIALS.accessKey(),
        "SLUICE_ROOT_SECRET_KEY", RUN_CREDENTIALS.secretKey(),
        "MALLOC_ARENA_MAX", "2");
  }

  public static Credentials credentials() {
    return RUN_CREDENTIALS;
  }

  public static boolean isReadyLine(String line) {
    return line.contains("Sluice is ready: ");
  }

  public static URI endpoint(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** The java of the JVM that runs this. */
  public static String javaBinary() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static List<String> words(String text) {
    return text.isBlank() ? List.of() : List.of(text.trim().split("\\s+"));
  }
}
