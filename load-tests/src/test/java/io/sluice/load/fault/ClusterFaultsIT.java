package io.sluice.load.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.load.cluster.ClusterOptions;
import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.consistency.ConsistencyRun;
import io.sluice.load.gatling.FailoverSimulation;
import io.sluice.load.process.ChildProcess;
import io.sluice.load.process.ServerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * The short forms of the fault, consistency and failover runs, against the jar that this build has
 * just made. A failure prints its seed; the commands in {@code bin/} are the long forms.
 */
class ClusterFaultsIT {

  private static final Path JAR = Path.of(System.getProperty("sluice.jar"));

  private static final double FAILED_PERCENT_MAX = 5;

  @TempDir private Path directory;

  @Test
  void consistencyRun_oneNodeKilled_isLinearizable() {
    assertThat(
            ConsistencyRun.run(
                arguments("--nodes=1", "--seconds=8", "--faults=kill", "--fault-seconds=0.5")))
        .isZero();
  }

  @Test
  @Tag("nodes")
  void faultRun_threeNodes_losesNothing() throws IOException {
    assertThat(
            FaultRun.run(
                arguments(
                    "--nodes=3",
                    "--once",
                    "--writers=2",
                    "--faults=kill-leader,lost-index,kill-all",
                    "--fault-seconds=5")))
        .isZero();
  }

  @Test
  @Tag("nodes")
  void consistencyRun_threeNodes_isLinearizable() throws IOException {
    assertThat(
            ConsistencyRun.run(
                arguments(
                    "--nodes=3",
                    "--seconds=30",
                    "--clients=4",
                    "--faults=kill-leader,pause,partition,partition-leader",
                    "--fault-seconds=4")))
        .isZero();
  }

  @Test
  @Tag("nodes")
  void failover_aNodeKilled_fewRequestsFail() throws IOException {
    ServerOptions server = new ServerOptions();
    ClusterOptions shape = new ClusterOptions();
    new CommandLine(server).parseArgs("--jar=" + JAR);
    new CommandLine(shape).parseArgs("--nodes=3", "--work-dir=" + directory);
    try (ClusterProcess cluster =
        ClusterProcess.prepare(
            server, shape, Files.createTempDirectory(directory, "c"), Set.of())) {
      cluster.startAll();
      Path log = directory.resolve("gatling.log");
      try (ChildProcess gatling = gatling(cluster, log)) {
        gatling.readyWithin(Duration.ofMinutes(3));
      }
      assertThat(failedPercent(Files.readString(log))).isLessThan(FAILED_PERCENT_MAX);
    }
  }

  /** Clients of two gateways, while the third node is killed: what a balancer would see of it. */
  private ChildProcess gatling(ClusterProcess cluster, Path log) throws IOException {
    return ChildProcess.start(
        List.of(
            ServerOptions.javaBinary(),
            "-Xmx300m",
            // Gatling writes its log through the insides of strings.
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "-Dendpoints=" + cluster.node(1).endpoint() + ',' + cluster.node(2).endpoint(),
            "-Dusers=6",
            "-Dduration=15",
            "-Dhook=kill -9 " + cluster.node(3).pid(),
            "-DhookAt=5",
            "io.gatling.app.Gatling",
            "--simulation=" + FailoverSimulation.class.getName(),
            "--results-folder=" + directory.resolve("gatling"),
            "--no-reports"),
        Map.of(
            "AWS_ACCESS_KEY_ID", ServerOptions.credentials().accessKey(),
            "AWS_SECRET_ACCESS_KEY", ServerOptions.credentials().secretKey()),
        log,
        line -> line.contains("good requests in each second"));
  }

  private static double failedPercent(String log) {
    Matcher matcher = Pattern.compile("failed \\(([0-9.]+) %\\)").matcher(log);
    assertThat(matcher.find()).as(log).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  private String[] arguments(String... more) {
    assertThat(JAR).isRegularFile();
    return Stream.concat(Stream.of("--jar=" + JAR, "--work-dir=" + directory), Stream.of(more))
        .toArray(String[]::new);
  }
}
