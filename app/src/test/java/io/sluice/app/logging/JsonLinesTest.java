package io.sluice.app.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class JsonLinesTest {
  private final LoggerContext context = new LoggerContext();

  private JsonNode encoded(@Nullable Throwable failure, KeyValuePair... pairs) throws IOException {
    Logger logger = context.getLogger("io.sluice.access");
    LoggingEvent event =
        new LoggingEvent("x", logger, Level.INFO, "a \"{}\"\nb", failure, new Object[] {"quote"});
    for (KeyValuePair pair : pairs) {
      event.addKeyValuePair(pair);
    }
    String line = new String(new JsonLines().encode(event), StandardCharsets.UTF_8);
    assertThat(line).endsWith("\n");
    assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
    return new ObjectMapper().readTree(line);
  }

  @Test
  void encode_pairs_areMembersAndNumbersAreNumbers() throws IOException {
    JsonNode line =
        encoded(
            null,
            new KeyValuePair("requestId", "R1"),
            new KeyValuePair("status", 200),
            new KeyValuePair("bytesIn", 5_000_000_000L),
            new KeyValuePair("ok", true));
    assertThat(line.get("requestId").asText()).isEqualTo("R1");
    assertThat(line.get("status").isInt()).isTrue();
    assertThat(line.get("bytesIn").isNumber()).isTrue();
    assertThat(line.get("bytesIn").longValue()).isEqualTo(5_000_000_000L);
    assertThat(line.get("ok").booleanValue()).isTrue();
    assertThat(line.get("message").asText()).isEqualTo("a \"quote\"\nb");
    assertThat(line.get("level").asText()).isEqualTo("INFO");
  }

  @Test
  void encode_pairNamedLikeAnOwnMember_doesNotReplaceIt() throws IOException {
    JsonNode line = encoded(null, new KeyValuePair("level", "x"));
    assertThat(line.get("level").asText()).isEqualTo("INFO");
    assertThat(line.get("_level").asText()).isEqualTo("x");
  }

  @Test
  void encode_exception_hasItsTrace() throws IOException {
    assertThat(encoded(new IllegalStateException("why")).get("exception").asText())
        .startsWith("java.lang.IllegalStateException: why")
        .contains("JsonLinesTest");
  }
}
