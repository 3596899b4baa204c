package io.sluice.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.gateway.call.PacedBody;
import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.TestGateway;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that never get to the end of a request's body. */
class SlowBodyTest {
  private static final int BODY_BYTES = 4_000;

  private TestGateway gateway;
  private S3TestClient root;

  @BeforeEach
  void start() {
    gateway =
        TestGateway.start(
            options -> options.bodyPace(new PacedBody.Limit(Duration.ofMillis(600), 200)));
    root = gateway.root();
    assertThat(root.put("/bucket").status()).isEqualTo(200);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private Socket begin() throws IOException {
    String head =
        root.request("POST", "/bucket", "delete=")
            .contentSha256("UNSIGNED-PAYLOAD")
            .header("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")
            .wire("Content-Length: " + BODY_BYTES, "Connection: close");
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port);
    socket.setSoTimeout(10_000);
    socket.setTcpNoDelay(true);
    socket.getOutputStream().write(head.getBytes(US_ASCII));
    return socket;
  }

  private static String answer(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), US_ASCII);
  }

  @Test
  void bodyThatDrips_isRequestTimeoutAndTheConnectionEnds() throws IOException {
    try (Socket socket = begin()) {
      await()
          .atMost(Duration.ofSeconds(10))
          .pollInterval(Duration.ofMillis(40))
          .until(
              () -> {
                socket.getOutputStream().write('x');
                return socket.getInputStream().available() > 0;
              });
      assertThat(answer(socket)).startsWith("HTTP/1.1 400").contains("<Code>RequestTimeout</Code>");
    }
  }

  @Test
  void bodyThatNeverComes_isRequestTimeout() throws IOException {
    try (Socket socket = begin()) {
      assertThat(answer(socket)).startsWith("HTTP/1.1 400").contains("<Code>RequestTimeout</Code>");
    }
  }

  /** Five times the rate: slow, and honest. Longer than two windows. */
  @Test
  void slowBodyAboveTheFloor_isTaken() throws IOException {
    try (Socket socket = begin()) {
      int[] sent = {0};
      await()
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(40))
          .until(
              () -> {
                socket.getOutputStream().write(new byte[80]);
                sent[0] += 80;
                return sent[0] == BODY_BYTES;
              });
      socket.shutdownOutput();
      assertThat(answer(socket)).contains("<Error>").doesNotContain("RequestTimeout");
    }
  }
}
