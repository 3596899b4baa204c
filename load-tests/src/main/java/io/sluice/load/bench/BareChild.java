package io.sluice.load.bench;

import io.sluice.load.limits.BareServerCommand;
import io.sluice.load.process.ChildProcess;
import io.sluice.load.process.ServerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The bare handlers in a process of their own, as the server under test has one. */
final class BareChild {

  private BareChild() {}

  static ChildProcess start(
      Path directory, int port, List<String> javaOpts, int eventLoops, Path log)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ServerOptions.javaBinary());
    command.addAll(javaOpts);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(BenchCommand.class.getName());
    command.addAll(List.of("bare-server", "--directory", directory.toString()));
    command.addAll(List.of("--port", Integer.toString(port)));
    command.addAll(List.of("--event-loops", Integer.toString(eventLoops)));
    ChildProcess child =
        ChildProcess.start(command, Map.of(), log, line -> line.contains(BareServerCommand.READY));
    child.readyWithin(Duration.ofSeconds(60));
    return child;
  }
}
