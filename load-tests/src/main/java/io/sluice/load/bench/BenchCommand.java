package io.sluice.load.bench;

import io.sluice.load.limits.BareServerCommand;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code bin/bench}: the operations, {@code limits} and {@code compare}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    subcommands = {LimitsCommand.class, CompareCommand.class, BareServerCommand.class},
    description = "Benchmarks any S3 endpoint, the machine, or both in turn.")
public final class BenchCommand {

  private BenchCommand() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new BenchCommand());
    for (OperationCommand.OperationName name : OperationCommand.OperationName.values()) {
      commandLine.addSubcommand(name.name(), new OperationCommand(name));
    }
    return commandLine
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, failed, parsed) -> {
              failed.getErr().println("bench: " + failure.getMessage());
              return 1;
            });
  }

  /** One event loop: the client shares the processor with the server. */
  static Vertx lean() {
    return Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setPreferNativeTransport(true));
  }
}
