package io.sluice.app.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.Printed;
import io.sluice.app.TestServer;
import io.sluice.testkit.tls.TestAuthority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that goes away is not one that speaks TLS. */
class BrokenConnectionTest {
  private static final TestAuthority.Issued TLS =
      new TestAuthority(temporary(), "own", "EC", InstantSource.system()).issue("s3");

  @RegisterExtension
  static final TestServer SECURED =
      new TestServer("--tls-cert", TLS.certificate().toString(), "--tls-key", TLS.key().toString());

  private int exit;

  private static Path temporary() {
    try {
      Path directory = Files.createTempDirectory("sluice-tls");
      directory.toFile().deleteOnExit();
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String run(int port, String... arguments) {
    String[] all = new String[arguments.length + 2];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    all[arguments.length] = "--endpoint";
    all[arguments.length + 1] = "http://127.0.0.1:" + port;
    return Printed.by(() -> exit = SluiceCommand.run(Map.of(), all));
  }

  /** Takes each connection, and ends it when a whole request came and it was answered so. */
  private static void serve(ServerSocket socket, String answer, boolean reset) {
    Thread thread =
        new Thread(
            () -> {
              while (!socket.isClosed()) {
                try (Socket client = socket.accept()) {
                  byte[] request = new byte[1 << 16];
                  int read = client.getInputStream().read(request);
                  client.getOutputStream().write(answer.getBytes(US_ASCII));
                  client.getOutputStream().flush();
                  if (reset && read > 0) {
                    client.setSoLinger(true, 0);
                  }
                } catch (IOException e) {
                  // The client is gone, or the test has ended.
                }
              }
            },
            "broken-server");
    thread.setDaemon(true);
    thread.start();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"targets\":",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"targ",
      })
  void call_connectionEnds_saysThatTheServerWentAway(String answer) throws IOException {
    for (boolean reset : new boolean[] {false, true}) {
      try (ServerSocket socket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
        serve(socket, answer, reset);
        assertThat(run(socket.getLocalPort(), "target", "add", "disk", "file:///tmp"))
            .contains("the server went away before it had answered; whether it did")
            .doesNotContain("https", "TLS");
        assertThat(exit).isOne();
        assertThat(run(socket.getLocalPort(), "target", "list"))
            .contains("the server went away before it had answered")
            .doesNotContain("whether", "https", "TLS");
      }
    }
  }

  @Test
  void call_serverIsGone_saysThatNoneAnswers() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    assertThat(run(port, "target", "list")).contains("no server answers there");
  }

  @Test
  void call_plainHttpToTls_saysHttps() {
    assertThat(run(SECURED.endpoint().getPort(), "target", "list"))
        .contains("starts with https:// where that has TLS")
        .doesNotContain("went away");
    assertThat(exit).isOne();
  }
}
