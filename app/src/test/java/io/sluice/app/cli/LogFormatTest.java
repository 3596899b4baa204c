package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process of its own: loggers are set up once in each. */
class LogFormatTest {
  @TempDir Path directory;

  @Test
  void server_logFormatJson_linesAreJson() throws Exception {
    assertThat(logLines("--log-format", "json"))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(new JsonObject(line).getString("message")).isNotBlank());
  }

  @Test
  void server_logFormatText_linesAreText() throws Exception {
    assertThat(logLines("--log-format", "text"))
        .isNotEmpty()
        .noneMatch(line -> line.startsWith("{"));
  }

  /** What a server logs that starts and is stopped at once. */
  private List<String> logLines(String... options) throws IOException, InterruptedException {
    ProcessBuilder command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-XX:TieredStopAtLevel=1",
            "-Dsluice.log.level=DEBUG",
            "io.sluice.app.Main",
            "server",
            "--address",
            "127.0.0.1:0",
            "--data",
            directory.resolve("data").toString());
    command.command().addAll(List.of(options));
    Path log = directory.resolve("log");
    command.redirectError(log.toFile());
    Process server = command.start();
    try {
      String ready = "";
      while (ready != null && !ready.startsWith("Sluice is ready")) {
        ready = server.inputReader(StandardCharsets.UTF_8).readLine();
      }
      assertThat(ready).as(Files.readString(log)).isNotNull();
      request(ready.replaceFirst(".*: (http://[^ ]*).*", "$1"));
    } finally {
      server.destroy();
      assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    return Files.readAllLines(log).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("WARNING:"))
        .toList();
  }

  private static void request(String endpoint) throws IOException, InterruptedException {
    HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(endpoint + "/bucket")).build(),
            HttpResponse.BodyHandlers.discarding());
  }
}
