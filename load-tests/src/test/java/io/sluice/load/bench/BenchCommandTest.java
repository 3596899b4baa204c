package io.sluice.load.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sluice.load.standin.StandInServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BenchCommandTest {

  @TempDir private Path directory;
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        StandInServer.start(
            directory,
            StandInServer.Mode.HONEST,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @ParameterizedTest
  @EnumSource(OperationCommand.OperationName.class)
  void bench_everyOperation_succeeds(OperationCommand.OperationName operation) {
    assertThat(bench(operation.name(), "--size=5000", "--json")).isZero();
  }

  @Test
  void put_bodyOfManySlices_isStoredWhole() throws IOException {
    int size = 700_001;
    assertThat(bench("put", "--size=" + size, "--objects=3", "--keep")).isZero();
    assertThat(directory.resolve(S3Operations.key(0))).hasSize(size + 35L);
  }

  @Test
  void get_serverThatIsGone_exitsWithOne() {
    server.stop(0);
    assertThat(bench("get")).isOne();
  }

  private int bench(String operation, String... more) {
    List<String> arguments = new ArrayList<>(List.of(operation));
    arguments.add("--endpoint=http://127.0.0.1:" + server.getAddress().getPort());
    arguments.addAll(List.of("--duration=0.2", "--warmup=0.1", "--clients=3", "--objects=20"));
    arguments.addAll(List.of(more));
    return BenchCommand.commandLine()
        .setOverwrittenOptionsAllowed(true)
        .execute(arguments.toArray(String[]::new));
  }
}
