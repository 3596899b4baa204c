package io.sluice.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.gateway.GatewayOptions.TlsFiles;
import io.sluice.gateway.testing.TestGateway;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  @TempDir Path directory;

  @Test
  void certificateFiles_changed_areReloaded() throws Exception {
    install(1);
    try (TestGateway gateway =
        TestGateway.start(
            options ->
                options
                    .tls(
                        new TlsFiles(
                            directory.resolve("cert.pem").toString(),
                            directory.resolve("key.pem").toString()))
                    .tlsCheckInterval(Duration.ofMillis(50)))) {
      assertThat(subject(gateway.port)).isEqualTo("CN=sluice-test-1");
      install(2);
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(subject(gateway.port)).isEqualTo("CN=sluice-test-2"));
      Files.writeString(directory.resolve("cert.pem"), "broken");
      // The broken one is looked at and left alone: new connections go on.
      for (int i = 0; i < 5; i++) {
        assertThat(subject(gateway.port)).isEqualTo("CN=sluice-test-2");
      }
    }
  }

  private void install(int number) throws Exception {
    copy("key" + number + ".pem", "key.pem");
    copy("cert" + number + ".pem", "cert.pem");
  }

  private void copy(String resource, String name) throws Exception {
    try (InputStream in = TlsTest.class.getResourceAsStream("/tls/" + resource)) {
      Files.copy(
          Objects.requireNonNull(in), directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static String subject(int port) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustAll()}, null);
    try (SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.startHandshake();
      X509Certificate certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return certificate.getSubjectX500Principal().getName();
    }
  }

  private static final class TrustAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
