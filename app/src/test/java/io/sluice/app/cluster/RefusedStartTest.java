package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.app.config.ServerOptions;
import io.sluice.app.server.RunningServer;
import io.sluice.cluster.secret.ClusterSecret;
import io.sluice.storage.verticle.DataDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * Starts of a cluster's node that are refused before anybody else is looked for. What is wrong with
 * the node's own directories is said although the port of its Hazelcast is taken: it did not try.
 */
class RefusedStartTest {
  private static final List<String> ADDRESSES =
      List.of(
          "--address",
          "--internal-address",
          "--raft-address",
          "--hazelcast-address",
          "--bus-address");

  @TempDir Path directory;
  private final List<String> options = new ArrayList<>();
  private ServerSocket taken;
  private Path data;

  @BeforeEach
  void choosePorts() throws IOException {
    taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    data = directory.resolve("d");
    options.addAll(List.of("--data", data.toString(), "--node", "n1"));
    options.addAll(List.of("--cluster-secret-file", secret("mine").toString()));
    for (String option : ADDRESSES) {
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        options.addAll(List.of(option, "127.0.0.1:" + free.getLocalPort()));
      }
    }
  }

  @AfterEach
  void freePort() throws IOException {
    taken.close();
  }

  private Path secret(String name) throws IOException {
    return Files.writeString(
        directory.resolve(name), name + ": a secret of a test, long enough to be taken");
  }

  private void takePort(String option) {
    options.set(options.indexOf(option) + 1, "127.0.0.1:" + taken.getLocalPort());
  }

  private void start() {
    ServerOptions parsed =
        CommandLine.populateCommand(new ServerOptions(), options.toArray(String[]::new));
    parsed.validate();
    RunningServer.start(parsed, Map.of()).stop();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--address",
        "--internal-address",
        "--raft-address",
        "--hazelcast-address",
        "--bus-address"
      })
  void portTaken_namesTheOption_andMakesNothing(String option) {
    takePort(option);
    assertThatThrownBy(this::start)
        .hasMessageContaining("can't listen on " + option + " 127.0.0.1:" + taken.getLocalPort())
        .hasMessageContaining("stop what listens there, or give another " + option)
        .message()
        .doesNotContain("\n");
    assertThat(data).doesNotExist();
  }

  @Test
  void dataDirectoryInUse_isSaidFirst() throws IOException {
    takePort("--hazelcast-address");
    try (DataDirectory used = DataDirectory.openOrCreate(data, UUID::randomUUID)) {
      assertThatThrownBy(this::start)
          .hasMessageContaining(used.path() + " is in use by another Sluice server (pid ");
    }
  }

  @Test
  void otherSecretThanTheDirectorys_isSaidFirst() throws IOException {
    takePort("--hazelcast-address");
    Path metadata = data.resolve("metadata");
    SecretProof.of(ClusterSecret.read(secret("other"), line -> {}), metadata).keep(line -> {});
    assertThatThrownBy(this::start)
        .hasMessageContaining("is of a cluster with another secret than that in")
        .hasMessageContaining("give the right --cluster-secret-file")
        .hasMessageContaining(metadata.resolve("secret-proof").toString());
    SecretProof.of(ClusterSecret.read(secret("mine"), line -> {}), metadata).keep(line -> {});
    assertThatThrownBy(this::start).hasMessageContaining("with another secret");
    Files.delete(metadata.resolve("secret-proof"));
    SecretProof.of(ClusterSecret.read(secret("mine"), line -> {}), metadata).keep(line -> {});
    assertThatThrownBy(this::start).hasMessageContaining("can't listen on --hazelcast-address");
  }

  @Test
  void dataDirectoriesOfTwoClusters_isSaidFirst() throws IOException {
    takePort("--hazelcast-address");
    Path more = directory.resolve("e");
    options.addAll(List.of("--data", more.toString()));
    DataDirectory.openOrCreate(data, UUID::randomUUID).close();
    DataDirectory.openOrCreate(more, UUID::randomUUID).close();
    assertThatThrownBy(this::start)
        .hasMessageContaining("the data directories belong to different clusters");
  }
}
