package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevClusterTest {
  private static final Duration READY_LIMIT = Duration.ofMinutes(2);
  private static final int PORTS_A_NODE = 4;

  @TempDir Path directory;

  private Path output() {
    return directory.resolve("output");
  }

  private Process launch(int port) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "io.sluice.app.Main",
                "dev-cluster",
                "--nodes",
                "1",
                "--data",
                directory.resolve("data").toString(),
                "--port",
                Integer.toString(port)));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(output().toFile())
        .start();
  }

  @Test
  @Tag("nodes")
  void interrupted_stopsItsNodesAndKeepsTheirData() throws IOException, InterruptedException {
    int port = FreePorts.row(PORTS_A_NODE);
    Process cluster = launch(port);
    try {
      Awaitility.await("ready")
          .atMost(READY_LIMIT)
          .until(() -> Files.readString(output()).contains("Sluice is ready: a cluster of 1"));
      assertThat(Files.readString(output())).contains("export AWS_ACCESS_KEY_ID=");
      List<ProcessHandle> nodes = cluster.descendants().toList();
      assertThat(nodes).hasSize(1);
      cluster.destroy();
      assertThat(cluster.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(cluster.exitValue()).isZero();
      assertThat(nodes).noneMatch(ProcessHandle::isAlive);
      assertThat(Files.readString(output())).doesNotContain("sluice: ").doesNotContain("ended");
      assertThat(directory.resolve("data").resolve("node1").resolve("disk.properties")).exists();
    } finally {
      cluster.descendants().forEach(ProcessHandle::destroyForcibly);
      cluster.destroyForcibly();
    }
  }

  @Test
  void portInUse_isRefusedWithOne() throws IOException, InterruptedException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Process cluster = launch(taken.getLocalPort());
      assertThat(cluster.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(Files.readString(output()))
          .contains("port " + taken.getLocalPort() + " is in use; choose others with --port");
      assertThat(cluster.exitValue()).isOne();
    }
  }
}
