package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class StatusTextTest {
  private static String printed(String json) throws IOException {
    StringWriter text = new StringWriter();
    new StatusText(new PrintWriter(text, true)).print(new ObjectMapper().readTree(json));
    return text.toString();
  }

  @Test
  void print_status_isALineForEachField() throws IOException {
    assertThat(printed("{\"running\":false,\"chunksListed\":12,\"lastFailure\":null}").lines())
        .containsExactly("running            no", "chunks listed      12", "last failure       -");
  }

  @Test
  void print_disks_areListed() throws IOException {
    assertThat(printed("{\"disks\":[{\"disk\":\"a\",\"progress\":0.5},{\"disk\":\"b\"}]}").lines())
        .containsExactly(
            "", "disk               a", "progress           50 %", "", "disk               b");
  }
}
