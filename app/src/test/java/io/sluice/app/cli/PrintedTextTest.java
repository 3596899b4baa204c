package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.Printed;
import io.sluice.app.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What commands print of a server's answers. */
class PrintedTextTest {
  @RegisterExtension static final TestServer SERVER = new TestServer();

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static int exit;

  private static String run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--endpoint", SERVER.endpoint().toString()));
    return Printed.by(() -> exit = SluiceCommand.run(Map.of(), all.toArray(String[]::new)))
        .stripTrailing();
  }

  @BeforeAll
  static void awaitFormat() {
    Awaitility.await("a format that has a history")
        .atMost(PATIENCE)
        .until(() -> !run("recovery", "history", "0s").startsWith("sluice: "));
  }

  @Test
  void snapshots_areListedWithAgeAndWhatTheyKeep() {
    assertThat(run("snapshot", "create", "--name", "monday")).startsWith("made snapshot monday, ");
    for (String[] command : new String[][] {{"snapshot", "list"}, {"snapshot", "show", "monday"}}) {
      assertThat(run(command))
          .matches("monday, of all buckets, made \\S+Z; \\d+ s old, keeps 0 objects, 0 B");
    }
    run("snapshot", "remove", "monday");
    assertThat(exit).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "snapshot, There is no snapshot a b/ü.",
    "target, There is no target a b/ü.",
    "mirror, There is no mirror a b/ü.",
  })
  void remove_nameThatIsNotThere_isOneLineAndOne(String thing, String line) {
    assertThat(run(thing, "remove", "a b/ü")).isEqualTo("sluice: " + line);
    assertThat(exit).isOne();
    for (String none : new String[] {"", ".", ".."}) {
      assertThat(run(thing, "remove", none)).startsWith("sluice: '" + none + "' is no name");
      assertThat(exit).isEqualTo(2);
    }
  }

  @Test
  void remove_saysWhat(@TempDir Path directory) {
    run("snapshot", "create", "--name", "tuesday");
    assertThat(run("snapshot", "remove", "tuesday")).isEqualTo("removed snapshot tuesday");
    run("target", "add", "disk", "file://" + directory);
    run("backup", "schedule", "add", "disk", "--kind", "continuous", "--every", "1h");
    assertThat(run("backup", "schedule", "list"))
        .isEqualTo("1  disk  continuous  every 1 h, if anything changed");
    assertThat(run("backup", "schedule", "remove", "disk", "7"))
        .isEqualTo("sluice: There is no schedule 7 of target disk.");
    assertThat(exit).isOne();
    assertThat(run("backup", "schedule", "remove", "disk", "1"))
        .isEqualTo("removed schedule 1 of target disk");
    assertThat(run("target", "remove", "disk")).isEqualTo("removed target disk");
    assertThat(run("backup", "schedule", "remove", "disk", "1"))
        .isEqualTo("sluice: There is no target disk.");
    assertThat(exit).isOne();
    run("account", "add", "alice");
    assertThat(run("account", "remove", "alice", "--json")).isEqualTo("{}");
    assertThat(run("account", "remove", "alice")).startsWith("sluice: ");
    assertThat(exit).isOne();
    assertThat(run("standby", "remove"))
        .isEqualTo("sluice: This cluster is neither a standby nor fenced.");
    assertThat(exit).isOne();
  }

  @Test
  void history_isASpanAsPeopleReadIt() {
    assertThat(run("recovery", "history", "168h"))
        .matches("what was replaced or deleted is kept for 7 d; \\d+ objects? kept now");
    assertThat(run("recovery", "history")).contains("kept for 7 d; ");
    assertThat(run("recovery", "history", "0s")).contains("only if a snapshot needs it; ");
  }
}
