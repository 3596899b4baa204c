package io.sluice.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.app.config.ServerOptions;
import io.sluice.app.node.StartupException;
import io.sluice.storage.FormatRange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** First starts, later starts, and starts that fail. */
class StartTest {
  @TempDir Path directory;

  private RunningServer start(String... more) {
    return start(FormatRange.CURRENT, more);
  }

  private RunningServer start(FormatRange formats, String... more) {
    return start(formats, Map.of(), more);
  }

  private RunningServer start(
      FormatRange formats, Map<String, String> environment, String... more) {
    List<String> arguments = new ArrayList<>(List.of("--data", directory.resolve("d").toString()));
    arguments.addAll(List.of(more));
    if (!arguments.contains("--address")) {
      arguments.addAll(List.of("--address", "127.0.0.1:0"));
    }
    ServerOptions options =
        CommandLine.populateCommand(new ServerOptions(), arguments.toArray(String[]::new));
    options.validate();
    return RunningServer.start(options, environment, formats);
  }

  @Test
  void start_afterANewerVersion_isRefusedWithWhatToDo() {
    FormatRange newer = new FormatRange(FormatRange.FIRST, FormatRange.CURRENT.newest() + 1);
    start().stop();
    start(newer).stop();
    start(newer).stop();
    assertThatThrownBy(this::start)
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("was written by a newer version")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void start_otherShardsThanTheFirst_isRefusedWithWhatToDo() {
    start("--shards", "2").stop();
    assertThatThrownBy(() -> start("--shards", "3"))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("--shards 3")
        .hasMessageContaining("made with 2")
        .hasMessageContaining("without the option")
        .message()
        .doesNotContain("\n");
    start("--shards", "2").stop();
    start().stop();
  }

  @Test
  void start_firstOneFailed_rootKeyIsShownOnceByTheFirstThatIsReady() throws IOException {
    // Found when it is listened on, after the key was made.
    String pem = Files.writeString(directory.resolve("pem"), "no certificate").toString();
    String failed =
        printed(
            () ->
                assertThatThrownBy(() -> start("--tls-cert", pem, "--tls-key", pem))
                    .isInstanceOf(StartupException.class));
    assertThat(directory.resolve("d").resolve(RootCredentials.FILE)).exists();
    assertThat(failed).doesNotContain("secret key");
    assertThat(printed(() -> start().stop())).containsOnlyOnce("secret key");
    assertThat(printed(() -> start().stop())).doesNotContain("secret key");
  }

  @Test
  void start_portTaken_saysWhatToDoAndMakesNothing() throws IOException {
    try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + busy.getLocalPort();
      assertThatThrownBy(() -> start("--address", address))
          .isInstanceOf(StartupException.class)
          .hasMessageContaining("can't listen on --address " + address)
          .hasMessageContaining("stop what listens there, or give another --address");
    }
    assertThat(directory.resolve("d")).doesNotExist();
  }

  @Test
  void start_halfARootKey_saysSoAndMakesNothing() {
    Map<String, String> half = Map.of(RootCredentials.ACCESS_KEY_VARIABLE, "somebody");
    assertThatThrownBy(() -> start(FormatRange.CURRENT, half))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("set both");
    assertThat(directory.resolve("d")).doesNotExist();
  }

  @Test
  void start_directoryInUse_saysSoAlthoughThePortIsTakenToo() {
    RunningServer running = start();
    try {
      assertThatThrownBy(() -> start("--address", "127.0.0.1:" + running.endpoint().getPort()))
          .hasMessageContaining("is in use by another Sluice server");
    } finally {
      running.stop();
    }
  }

  @Test
  void start_dataIsAFile_saysSoAndMakesNothing() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> start("--data", file.toString()))
        .isInstanceOf(StartupException.class)
        .hasMessage("--data " + file + " is not a directory");
    assertThat(directory.resolve("d")).doesNotExist();
  }

  @Test
  void start_otherDirectoriesThanTheFirst_isRefusedWithWhatIsMissing() {
    start("--data", directory.resolve("e").toString()).stop();
    assertThatThrownBy(this::start)
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("has 2 disks; missing: 1, not of this store: 0");
  }

  private static String printed(Runnable action) {
    PrintStream before = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      action.run();
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
