package io.sluice.app.cluster;

import io.sluice.app.config.ServerOptions;
import io.sluice.app.node.StartupException;
import io.sluice.app.server.RunningServer;
import io.sluice.storage.FormatRange;
import java.util.Arrays;
import picocli.CommandLine;

/**
 * {@code sluice server} of another version: it knows the formats {@code OLDEST NEWEST} that its
 * first two arguments say.
 */
final class FormatMain {
  private FormatMain() {}

  public static void main(String[] arguments) {
    FormatRange formats =
        new FormatRange(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
    // The third is the name of the command.
    ServerOptions options =
        CommandLine.populateCommand(
            new ServerOptions(), Arrays.copyOfRange(arguments, 3, arguments.length));
    options.validate();
    try {
      RunningServer server = RunningServer.start(options, System.getenv(), formats);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    boolean clean = server.stop();
                    Runtime.getRuntime().halt(clean ? 0 : 1);
                  }));
      System.out.println(server.readyLine());
    } catch (StartupException e) {
      System.err.println("sluice: " + e.getMessage());
      System.exit(1);
    }
  }
}
