package io.sluice.app.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.app.TestServer;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.backup.target.TargetAccess;
import io.sluice.testkit.tls.TestAuthority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An endpoint whose authority is its operator's own. */
class SluiceOverTlsAsTargetTest {
  private static final TestAuthority.Issued TLS =
      new TestAuthority(temporary(), "own", "EC", InstantSource.system()).issue("s3");

  @RegisterExtension
  static final TestServer SERVER =
      new TestServer("--tls-cert", TLS.certificate().toString(), "--tls-key", TLS.key().toString());

  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "AWS_ACCESS_KEY_ID",
          TestServer.ACCESS_KEY,
          "AWS_SECRET_ACCESS_KEY",
          TestServer.SECRET_KEY);

  private static Path temporary() {
    try {
      Path directory = Files.createTempDirectory("sluice-tls");
      directory.toFile().deleteOnExit();
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BackupTarget open(String more) throws IOException {
    return open(SERVER.endpoint(), more);
  }

  private static BackupTarget open(URI endpoint, String more) throws IOException {
    return BackupTargets.open(
        "s3://none/p?endpoint=" + endpoint + more,
        new TargetAccess(null, ENVIRONMENT, Clock.systemUTC()));
  }

  @Test
  void open_authorityOfItsOwn_isTrustedWhenNamed() {
    assertThat(SERVER.endpoint()).hasScheme("https");
    assertThatThrownBy(() -> open("").close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the certificate of 127.0.0.1 is not trusted");
    // That the bucket isn't there is said by the endpoint itself.
    assertThatThrownBy(() -> open("&ca-bundle=" + TLS.authority()).close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("there is no bucket none");
    assertThatThrownBy(() -> open("&ca-bundle=/nowhere.pem").close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("/nowhere.pem");
    URI plain = URI.create("http://127.0.0.1:" + SERVER.endpoint().getPort());
    assertThatThrownBy(() -> open(plain, "").close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("begins with https");
  }
}
