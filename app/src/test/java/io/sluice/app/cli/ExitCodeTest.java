package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.Printed;
import io.sluice.app.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong usage is 2, whoever finds it out; what the server refuses is 1. */
class ExitCodeTest {
  @RegisterExtension static final TestServer SERVER = new TestServer();

  private static final int REFUSED = 1;
  private static final int WRONG_USAGE = 2;

  private int exit;

  /** A command with its arguments, between bars. */
  private List<String> lines(String endpoint, String command) {
    List<String> arguments = new ArrayList<>(List.of(command.split("\\|", -1)));
    arguments.addAll(List.of("--endpoint", endpoint));
    return Printed.by(() -> exit = SluiceCommand.run(Map.of(), arguments.toArray(String[]::new)))
        .lines()
        .toList();
  }

  private void assertWrongUsage(List<String> lines) {
    assertThat(exit).as("%s", lines).isEqualTo(WRONG_USAGE);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).startsWith("sluice: ");
    assertThat(lines.get(1)).startsWith("Try 'sluice ").endsWith(" --help'.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "backup|run|disk|--kind|weird",
        "backup|schedule|add|disk|--kind|weird|--cron|0 3 * * *",
        "backup|schedule|add|disk|--kind|full|--cron|soon",
        "backup|schedule|add|disk|--kind|full|--cron|0 3 * * *|--zone|Mars",
        "backup|schedule|add|disk|--kind|continuous|--every|often",
        "restore|--bucket|photos|--at|yesterday",
        "restore|--from|disk|--bucket|photos|--at|yesterday",
        "recovery|history|long",
      })
  void run_argumentWithoutItsForm_isWrongUsageAlsoWhenNoServerAnswers(String command) {
    assertWrongUsage(lines("http://127.0.0.1:1", command));
    assertWrongUsage(lines(SERVER.endpoint().toString(), command));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "backup|schedule|add|disk|--kind|full|--cron|0 0 30 2 *",
        "backup|schedule|add|disk|--kind|continuous|--every|2h",
        "backup|schedule|add|disk|--kind|full|--cron|0 3 * * *|--sample|0.5",
        "target|add|Disk|file:///tmp",
        "target|add|disk|ftp://127.0.0.1",
        "target|add|disk|file:///tmp|--keep-last|0",
        "target|add|disk|file:///tmp|--keep-last|7|--keep-time-zone|Mars",
        "snapshot|create|--name|Monday",
        "snapshot|create|--expires-in|0s",
        "standby|add|file:///tmp|--primary|nowhere",
        "standby|add|file:///tmp|--primary|http://127.0.0.1:1|--automatic|1s",
        "standby|add|s3://photos?colour=blue",
        "standby|lease|disk|soon",
      })
  void run_argumentThatTheServerDoesNotUnderstand_isWrongUsage(String command) {
    assertWrongUsage(lines(SERVER.endpoint().toString(), command));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "backup|run|nowhere|--kind|full",
        "backup|run|nowhere|--kind|SYNTHETIC-FULL",
        "backup|schedule|add|nowhere|--kind|synthetic-full|--cron|0 3  * * *|--zone|Europe/Berlin",
        "backup|schedule|add|nowhere|--kind|continuous|--every|5s",
        "restore|--bucket|nowhere|--at|2026-11-21T10:00:00Z",
        "target|add|disk|file:///is/not/there",
        "standby|add|file:///is/not/there",
        "standby|promote",
        "standby|demote",
        "standby|fail-back",
        "account|remove|root",
        "cluster|layout|--replicas|3",
      })
  void run_whatTheServerRefuses_isOneLineAndOne(String command) {
    List<String> lines = lines(SERVER.endpoint().toString(), command);
    assertThat(exit).as("%s", lines).isEqualTo(REFUSED);
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).startsWith("sluice: ");
  }
}
