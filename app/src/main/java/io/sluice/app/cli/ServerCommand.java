package io.sluice.app.cli;

import io.sluice.app.config.ServerOptions;
import io.sluice.app.logging.LoggingConfigurator;
import io.sluice.app.node.UnpackedLibraries;
import io.sluice.app.server.RunningServer;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sluice server}: starts a node and says when it is ready. */
@Command(
    name = "server",
    description = "Runs a node: stores objects and serves S3.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class ServerCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ServerOptions options;

  @Override
  public Integer call() {
    try {
      options.validate();
    } catch (IllegalArgumentException e) {
      throw new CommandLine.ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    LoggingConfigurator.use(options.logFormat().name());
    RunningServer server = RunningServer.start(options, System.getenv());
    UnpackedLibraries.remove();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAndHalt(server), "sluice-stop"));
    spec.commandLine().getOut().println(server.readyLine());
    spec.commandLine().getOut().flush();
    return SluiceCommand.KEEPS_RUNNING;
  }

  /** A JVM that a signal ends would exit with 143; a drained server has done what it was asked. */
  private static void stopAndHalt(RunningServer server) {
    boolean clean = server.stop();
    LoggingConfigurator.flush();
    Runtime.getRuntime().halt(clean ? 0 : 1);
  }
}
