package io.sluice.load.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ProcessorTimeTest {

  @Test
  void parse_nameWithBlanksAndBrackets_findsUserAndSystemTime() throws IOException {
    String stat = "4711 (a (b) c) S 1 4711 4711 0 -1 4194560 900 0 1 0 123 45 0 0 20 0 30 0 88";
    assertThat(ProcessorTime.parse(stat)).isEqualTo(1.68);
  }

  @Test
  void parse_cutShort_isRefused() {
    assertThatThrownBy(() -> ProcessorTime.parse("4711 (java) S 1"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void secondsOf_thisProcess_grow() throws IOException {
    assertThat(ProcessorTime.secondsOf(ProcessHandle.current().pid())).isPositive();
  }
}
