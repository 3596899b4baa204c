package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.Printed;
import io.sluice.app.TestServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

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

  @Test
  void history_isASpanAsPeopleReadIt() {
    assertThat(run("recovery", "history", "168h"))
        .isEqualTo("what was replaced or deleted is kept for 7 d; 0 objects kept now");
    assertThat(run("recovery", "history")).contains("kept for 7 d; ");
    assertThat(run("recovery", "history", "0s")).contains("only if a snapshot needs it; 0 objects");
  }
}
