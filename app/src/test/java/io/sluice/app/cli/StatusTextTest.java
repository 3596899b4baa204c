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
  void print_bytes_areAsPeopleReadThem() throws IOException {
    assertThat(
            printed("{\"bytesCopied\":1610612736,\"bytesPerSecondMax\":67108864,\"failures\":7}")
                .lines())
        .containsExactly(
            "bytes copied       1.5 GiB",
            "bytes per second max 64.0 MiB/s",
            "failures           7");
  }

  @Test
  void print_message_isAllThereIs() throws IOException {
    assertThat(printed("{\"message\":\"nothing to compare with\"}").lines())
        .containsExactly("nothing to compare with");
  }

  @Test
  void print_listInsideOfAThing_isALineForEach() throws IOException {
    assertThat(
            printed(
                    "{\"diverged\":{\"count\":2,\"changes\":[{\"kind\":\"object\",\"bucket\":\"photos\","
                        + "\"name\":\"a\"},{\"kind\":\"bucket\",\"bucket\":\"new\"}]}}")
                .lines())
        .containsExactly(
            "diverged count     2",
            "diverged changes   object photos a",
            "diverged changes   bucket new");
  }

  @Test
  void print_disks_areListed() throws IOException {
    assertThat(printed("{\"disks\":[{\"disk\":\"a\",\"progress\":0.5},{\"disk\":\"b\"}]}").lines())
        .containsExactly(
            "disk               a", "progress           50 %", "", "disk               b");
  }
}
