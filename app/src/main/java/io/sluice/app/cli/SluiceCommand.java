package io.sluice.app.cli;

import io.sluice.app.config.OptionSources;
import io.sluice.app.server.RunningServer;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** {@code sluice}: what all commands share, which is usage, exit codes, and one-line errors. */
@Command(
    name = "sluice",
    description = "A self-hosted, S3-compatible object store.",
    mixinStandardHelpOptions = true,
    versionProvider = SluiceCommand.Version.class,
    addMethodSubcommands = false, // there are none, and looking for them delays each start
    subcommands = {
      ServerCommand.class,
      AccountCommand.class,
      JobCommands.Gc.class,
      JobCommands.Scrub.class,
      JobCommands.Heal.class,
      ClusterCommand.class,
      SnapshotCommand.class,
      RestoreCommand.class,
      TargetCommand.class,
      BackupCommand.class,
      MirrorCommand.class,
      RecoveryCommand.class,
      StandbyCommand.class,
      DevClusterCommand.class,
      CommandLine.HelpCommand.class
    })
public final class SluiceCommand {
  /** Not an exit code: the command goes on in threads of its own. */
  public static final int KEEPS_RUNNING = -1;

  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  private SluiceCommand() {}

  /**
   * Runs the command that the arguments name.
   *
   * @return 0 done, 1 failed, 2 wrong usage, or {@link #KEEPS_RUNNING}
   */
  public static int run(Map<String, String> environment, String... arguments) {
    if (arguments.length > 0 && arguments[0].equals("server")) {
      RunningServer.prepare();
    }
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    CommandLine line = new CommandLine(new SluiceCommand());
    line.setErr(err);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(
        (failure, command, parsed) ->
            failure instanceof AdminClient.WrongArgumentException
                ? wrongUsage(command, failure)
                : failed(command, failure));
    line.setParameterExceptionHandler(
        (failure, given) -> wrongUsage(failure.getCommandLine(), failure));
    CommandLine server = Objects.requireNonNull(line.getSubcommands().get("server"));
    try {
      server.setDefaultValueProvider(
          OptionSources.load(environment, configFile(environment, arguments), optionNames(server)));
    } catch (IllegalArgumentException e) {
      err.println("sluice: " + oneLine(e));
      return WRONG_USAGE;
    }
    if (arguments.length == 0) {
      line.usage(err);
      return WRONG_USAGE;
    }
    return line.execute(arguments);
  }

  private static int failed(CommandLine command, Exception failure) {
    command.getErr().println("sluice: " + oneLine(failure));
    return FAILED;
  }

  /** Whoever finds it out: the parser, the command, or the server that was asked. */
  private static int wrongUsage(CommandLine command, Exception failure) {
    command.getErr().println("sluice: " + oneLine(failure));
    command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return WRONG_USAGE;
  }

  /** The file has to be known before the options are parsed, because it supplies their defaults. */
  private static @Nullable Path configFile(Map<String, String> environment, String... arguments) {
    if (arguments.length == 0 || !arguments[0].equals("server")) {
      return null;
    }
    for (int i = 1; i < arguments.length; i++) {
      if (arguments[i].equals("--config") && i + 1 < arguments.length) {
        return Path.of(arguments[i + 1]);
      }
      if (arguments[i].startsWith("--config=")) {
        return Path.of(arguments[i].substring("--config=".length()));
      }
    }
    String fromEnvironment = environment.get("SLUICE_CONFIG");
    return fromEnvironment == null ? null : Path.of(fromEnvironment);
  }

  private static Set<String> optionNames(CommandLine command) {
    return command.getCommandSpec().options().stream()
        .map(option -> option.longestName().replaceFirst("^--?", ""))
        .collect(Collectors.toSet());
  }

  private static String oneLine(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message.replaceAll("\\s*\\R\\s*", " ");
  }

  /** From the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = SluiceCommand.class.getPackage().getImplementationVersion();
      return new String[] {"sluice " + (version == null ? "(not packaged)" : version)};
    }
  }
}
