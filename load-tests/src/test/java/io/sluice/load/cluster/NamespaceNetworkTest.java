package io.sluice.load.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.load.process.ChildProcess;
import io.sluice.load.standin.StandInServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs where network namespaces can be made, which takes root. */
class NamespaceNetworkTest {

  private static final Duration READY_LIMIT = Duration.ofSeconds(20);

  @TempDir private Path directory;

  private NamespaceNetwork network;
  private ChildProcess server;

  @BeforeEach
  void startAServerAtNodeOne() throws IOException {
    assumeTrue(Shell.attempt("ip", "netns", "add", "sluice-probe"), "no network namespaces here");
    Shell.run("ip", "netns", "del", "sluice-probe");
    network = new NamespaceNetwork(3);
    List<String> command = new ArrayList<>(network.commandPrefix(1));
    command.addAll(
        List.of(
            StandInServer.command(StandInServer.Mode.HONEST)
                .replace("{data}", directory.toString())
                .replace("{address}", network.address(1).s3())
                .split(" ")));
    server =
        ChildProcess.start(
            command, Map.of(), directory.resolveSibling("standin.log"), l -> l.contains("ready"));
    server.readyWithin(READY_LIMIT);
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.kill();
    }
    if (network != null) {
      network.close();
    }
  }

  @Test
  void cut_oneWay_isOnlyBetweenThoseTwo_andMendUndoesIt() throws IOException {
    assertThat(reaches(2)).isTrue();
    assertThat(reaches(3)).isTrue();

    network.cut(1, 2);
    assertThat(reaches(2)).isFalse();
    assertThat(reaches(3)).isTrue();
    assertThat(clientsReach()).isTrue();

    network.cut(3, 1);
    assertThat(reaches(3)).isFalse();

    network.mend();
    assertThat(reaches(2)).isTrue();
    assertThat(reaches(3)).isTrue();
  }

  @Test
  void slow_isSaid_andQuickenUndoesIt() throws IOException {
    assertThat(network.slow(1)).contains("each way");
    assertThat(reaches(2)).isTrue();
    network.quicken(1);
    assertThat(network.slow(1)).contains("each way");
  }

  private boolean reaches(int node) {
    List<String> command = new ArrayList<>(network.commandPrefix(node));
    command.addAll(connect());
    return Shell.attempt(command.toArray(String[]::new));
  }

  private boolean clientsReach() {
    return Shell.attempt(connect().toArray(String[]::new));
  }

  private List<String> connect() {
    NodeAddress address = network.address(1);
    return List.of(
        "timeout", "2", "bash", "-c", "</dev/tcp/" + address.host() + '/' + address.s3Port());
  }
}
