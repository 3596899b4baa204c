package io.sluice.load.process;

import java.util.concurrent.Callable;
import picocli.CommandLine;

/** The command line of a run: one that fails says so in one line, and ends with 1. */
public final class RunCommandLine {
  private RunCommandLine() {}

  /** Makes it of a run with picocli's annotations. */
  public static CommandLine of(Callable<Integer> run) {
    return new CommandLine(run)
        .setExecutionExceptionHandler(
            (failure, failed, parsed) -> {
              failed.getErr().println(failed.getCommandName() + ": " + failure.getMessage());
              return 1;
            });
  }
}
