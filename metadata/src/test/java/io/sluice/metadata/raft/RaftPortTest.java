package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What whoever reaches a peer's Raft port gets to hear (INVARIANTS 13). */
class RaftPortTest {
  private static final int TIMEOUT_MS = 5_000;

  /** How HTTP/2 begins, with empty settings: a server that lets us in answers with its own. */
  private static final byte[] HELLO =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII);

  @TempDir static Path directory;
  private static TestPeers all;
  private static int port;

  @BeforeAll
  static void open() throws IOException {
    all = new TestPeers(directory, 1);
    port = all.create("a").open().port;
  }

  @AfterAll
  static void close() throws IOException {
    all.close();
  }

  @Test
  void connect_peerOfTheCluster_isAnswered() throws Exception {
    assertThat(answersOverTls(TestTls.cluster().key())).isTrue();
  }

  @Test
  void connect_withoutACertificate_isNotAnswered() throws Exception {
    assertThat(answersOverTls(null)).isFalse();
  }

  @Test
  void connect_withACertificateOfAnotherCluster_isNotAnswered() throws Exception {
    assertThat(answersOverTls(TestTls.stranger().key())).isFalse();
  }

  @Test
  void connect_withoutTls_isNotAnswered() throws Exception {
    try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), port)) {
      plain.setSoTimeout(TIMEOUT_MS);
      assertThat(saysHelloBack(plain)).isFalse();
    }
  }

  private static boolean answersOverTls(@Nullable KeyManager shown)
      throws GeneralSecurityException, IOException {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        shown == null ? null : new KeyManager[] {shown},
        new TrustManager[] {TestTls.cluster().trust()},
        null);
    try (SSLSocket socket =
        (SSLSocket) tls.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(TIMEOUT_MS);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      return saysHelloBack(socket);
    }
  }

  /** Whether a frame of settings comes back. In TLS 1.3 a refusal shows only when one reads. */
  private static boolean saysHelloBack(Socket socket) {
    try {
      OutputStream out = socket.getOutputStream();
      out.write(HELLO);
      out.flush();
      InputStream in = socket.getInputStream();
      byte[] head = in.readNBytes(9);
      return head.length == 9 && head[3] == 4;
    } catch (IOException e) {
      return false;
    }
  }
}
