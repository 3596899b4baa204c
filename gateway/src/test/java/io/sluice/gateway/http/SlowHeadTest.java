package io.sluice.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.gateway.testing.TestGateway;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that never get to the end of a request's head. */
class SlowHeadTest {
  private static final byte[] REQUEST =
      "GET /_sluice/health/live HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII);

  private TestGateway gateway;

  @BeforeEach
  void start() {
    gateway = TestGateway.start(options -> options.headTimeout(Duration.ofMillis(300)));
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private Socket connect(String start) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port);
    socket.setSoTimeout(10_000);
    socket.setTcpNoDelay(true);
    socket.getOutputStream().write(start.getBytes(US_ASCII));
    return socket;
  }

  /** A byte often enough that the connection is never idle. */
  private static void dripUntilClosed(Socket socket) {
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(40))
        .until(
            () -> {
              try {
                socket.getOutputStream().write('x');
                return false;
              } catch (IOException closed) {
                return true;
              }
            });
  }

  @Test
  void requestLineWithoutEnd_isClosed() throws IOException {
    try (Socket socket = connect("GET /")) {
      dripUntilClosed(socket);
    }
  }

  @Test
  void headerWithoutEnd_isClosed() throws IOException {
    try (Socket socket = connect("GET / HTTP/1.1\r\nHost: x\r\nx-slow: ")) {
      dripUntilClosed(socket);
    }
  }

  @Test
  void headersWithoutEnd_silentClient_isClosed() throws IOException {
    try (Socket socket = connect("GET / HTTP/1.1\r\nHost: x\r\n")) {
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void secondHeadWithoutEnd_isClosedAfterTheFirstAnswer() throws IOException {
    try (Socket socket = connect(new String(REQUEST, US_ASCII) + "GET / HTTP")) {
      assertThat(socket.getInputStream().readNBytes(12))
          .asString(US_ASCII)
          .isEqualTo("HTTP/1.1 200");
      dripUntilClosed(socket);
    }
  }

  /** Only heads are timed: not the body, and not the time between requests. */
  @Test
  void slowBodyAndPauses_arePatientlyWaitedFor() throws IOException {
    try (Socket socket =
        connect("POST /_sluice/admin/v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n")) {
      int[] sent = {0};
      await()
          .pollInterval(Duration.ofMillis(40))
          .until(
              () -> {
                socket.getOutputStream().write('x');
                return ++sent[0] == 20;
              });
      byte[] answer = socket.getInputStream().readNBytes(12);
      assertThat(answer).asString(US_ASCII).startsWith("HTTP/1.1 ");
    }
  }
}
