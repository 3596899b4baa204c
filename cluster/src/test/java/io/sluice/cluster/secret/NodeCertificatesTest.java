package io.sluice.cluster.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class NodeCertificatesTest {
  private static final ClusterSecret SECRET = ClusterSecret.of("correct horse battery staple etc.");
  private static final ClusterSecret OTHER = ClusterSecret.of("correct horse battery staple, no.");
  private static final Clock CLOCK = Clock.systemUTC();

  private final NodeCertificates one = NodeCertificates.make(SECRET, "one", CLOCK);

  private static X509Certificate[] chain(NodeCertificates of) {
    return of.chain().toArray(X509Certificate[]::new);
  }

  @Test
  void authority_sameSecret_isTheSameBytesOnEachNode() throws Exception {
    NodeCertificates two = NodeCertificates.make(SECRET, "two", CLOCK);

    assertThat(two.authority().getEncoded()).isEqualTo(one.authority().getEncoded());
    one.authority().verify(two.authority().getPublicKey());
  }

  @Test
  void leaf_isNewEachTime() {
    NodeCertificates again = NodeCertificates.make(SECRET, "one", CLOCK);

    assertThat(again.chain().get(0)).isNotEqualTo(one.chain().get(0));
    assertThat(one.chain().get(0).getSubjectX500Principal().getName()).isEqualTo("CN=one");
  }

  @Test
  void trust_sameSecret_bothWays() {
    X509Certificate[] two = chain(NodeCertificates.make(SECRET, "two", CLOCK));

    assertThatCode(
            () -> {
              one.trustManager().checkClientTrusted(two, "EC");
              one.trustManager().checkServerTrusted(two, "EC");
            })
        .doesNotThrowAnyException();
  }

  @Test
  void trust_otherSecret_isRefused() {
    X509Certificate[] stranger = chain(NodeCertificates.make(OTHER, "one", CLOCK));

    assertThatThrownBy(() -> one.trustManager().checkClientTrusted(stranger, "EC"))
        .isInstanceOf(CertificateException.class)
        .hasMessageContaining("does not know this cluster's secret");
    // Showing the true authority after a leaf of one's own helps nobody.
    X509Certificate[] mixed = {stranger[0], one.authority()};
    assertThatThrownBy(() -> one.trustManager().checkServerTrusted(mixed, "EC"))
        .isInstanceOf(CertificateException.class);
  }

  @Test
  void trust_authorityItself_isNoNode() {
    X509Certificate[] authority = {one.authority()};

    assertThatThrownBy(() -> one.trustManager().checkClientTrusted(authority, "EC"))
        .isInstanceOf(CertificateException.class)
        .hasMessageContaining("not that of a node");
  }

  @Test
  void trust_clocksThatDifferByMonths_isKept() {
    Clock late = Clock.offset(CLOCK, Duration.ofDays(300));
    X509Certificate[] ahead = chain(NodeCertificates.make(SECRET, "two", late));

    assertThatCode(() -> one.trustManager().checkClientTrusted(ahead, "EC"))
        .doesNotThrowAnyException();
  }

  @Test
  void toString_hasNoKey() {
    assertThat(one.toString()).isEqualTo("NodeCertificates[CN=one]");
  }
}
