package io.sluice.cluster.secret;

import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Date;
import java.util.List;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Trusts exactly the certificates that the cluster's authority signed for nodes. */
final class NodeTrust implements X509TrustManager {
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

  private final X509Certificate authority;
  private final Clock clock;

  NodeTrust(X509Certificate authority, Clock clock) {
    this.authority = authority;
    this.clock = clock;
  }

  private void check(X509Certificate @Nullable [] chain, String usage) throws CertificateException {
    if (chain == null || chain.length == 0) {
      throw new CertificateException("no certificate was shown");
    }
    X509Certificate leaf = chain[0];
    try {
      leaf.verify(authority.getPublicKey());
    } catch (GeneralSecurityException e) {
      throw new CertificateException("the peer does not know this cluster's secret", e);
    }
    if (!leaf.getIssuerX500Principal().equals(authority.getSubjectX500Principal())
        || leaf.getBasicConstraints() != -1) {
      throw new CertificateException("the certificate is not that of a node");
    }
    List<String> usages = leaf.getExtendedKeyUsage();
    if (usages == null || !usages.contains(usage)) {
      throw new CertificateException("the certificate is not for this use");
    }
    leaf.checkValidity(Date.from(clock.instant()));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain, CLIENT_AUTH);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain, SERVER_AUTH);
  }

  /** The authority; with it in the server's request, clients know which certificate to show. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[] {authority};
  }
}
