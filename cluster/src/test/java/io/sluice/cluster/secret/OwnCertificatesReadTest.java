package io.sluice.cluster.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.testkit.tls.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator's certificates that can't be used are refused at the start, each with a line. */
class OwnCertificatesReadTest {
  @TempDir Path directory;
  private TestAuthority authority;
  private CertificateFiles good;

  @BeforeEach
  void issue() {
    authority = new TestAuthority(directory, "own", "EC", InstantSource.system());
    good = files(authority.issue("n1"));
  }

  private static CertificateFiles files(TestAuthority.Issued issued) {
    return new CertificateFiles(issued.authority(), issued.certificate(), issued.key());
  }

  private static void assertRefused(CertificateFiles files, String reason) {
    assertThatThrownBy(() -> NodeCertificates.read(files))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void read_usable_hasChainAndAuthority() throws IOException {
    NodeCertificates read = NodeCertificates.read(good);
    assertThat(read.chain().get(0).getSubjectX500Principal().getName()).isEqualTo("CN=n1");
    assertThat(read.authority().getSubjectX500Principal().getName()).isEqualTo("CN=own");
  }

  @Test
  void read_noSuchFile_isRefused() {
    Path missing = directory.resolve("missing");
    assertRefused(
        new CertificateFiles(missing, good.certificate(), good.key()), missing + " does not exist");
  }

  @Test
  void read_keyInPlaceOfCertificate_isRefused() {
    assertRefused(
        new CertificateFiles(good.authorities(), good.key(), good.key()), "has no certificate");
    assertRefused(
        new CertificateFiles(good.authorities(), good.certificate(), good.certificate()),
        "has no private key");
  }

  @Test
  void read_keyOfAnotherCertificate_isRefused() {
    CertificateFiles other = files(authority.issue("n2"));
    assertRefused(
        new CertificateFiles(good.authorities(), good.certificate(), other.key()),
        "is not that of");
  }

  @Test
  void read_certificateOfAnotherAuthority_isRefused() {
    TestAuthority other = new TestAuthority(directory, "other", "EC", InstantSource.system());
    assertRefused(
        new CertificateFiles(other.file(), good.certificate(), good.key()),
        "other nodes would refuse the certificate");
  }

  @Test
  void read_expired_isRefused() {
    Instant longAgo = Instant.now().minus(Duration.ofDays(3));
    assertRefused(
        files(
            authority.issue(
                "old", longAgo, KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth)),
        "is valid from");
  }

  @Test
  void read_forServersOnly_isRefused() {
    Instant now = Instant.now().minusSeconds(60);
    assertRefused(
        files(authority.issue("server", now, KeyPurposeId.id_kp_serverAuth)),
        "servers and clients");
  }

  @Test
  void read_notPem_isRefused() throws IOException {
    Path garbage = Files.writeString(directory.resolve("garbage"), "garbage");
    assertRefused(
        new CertificateFiles(garbage, good.certificate(), good.key()), "has no certificate");
    Path torn =
        Files.writeString(
            directory.resolve("torn"),
            "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n");
    assertRefused(new CertificateFiles(torn, good.certificate(), good.key()), torn.toString());
  }
}
