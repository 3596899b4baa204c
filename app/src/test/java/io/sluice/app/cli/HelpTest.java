package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_OUT)
class HelpTest {
  private static String printed(String... arguments) {
    PrintStream out = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
      assertThat(SluiceCommand.run(Map.of(), arguments)).isZero();
    } finally {
      System.setOut(out);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void help_isWhatTheOptionIs() {
    assertThat(printed("help")).contains("Usage: sluice").isEqualTo(printed("--help"));
    assertThat(printed("help", "cluster"))
        .contains("Usage: sluice cluster")
        .isEqualTo(printed("cluster", "--help"));
  }
}
