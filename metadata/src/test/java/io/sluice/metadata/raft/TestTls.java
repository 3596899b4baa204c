package io.sluice.metadata.raft;

import io.sluice.storage.PeerTrust;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Objects;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;

/** A key with a certificate, and whose certificates it trusts; made once with openssl. */
public record TestTls(X509ExtendedKeyManager key, PeerTrust trust) {
  private static final char[] PASSWORD = "x".toCharArray();

  public static TestTls cluster() {
    return of("cluster", "cluster");
  }

  /** Trusts the cluster's peers, but shows a certificate of its own making. */
  public static TestTls stranger() {
    return of("stranger", "cluster");
  }

  private static TestTls of(String issuer, String trusted) {
    try {
      CertificateFactory certificates = CertificateFactory.getInstance("X.509");
      Certificate leaf = certificates.generateCertificate(open(issuer + "-peer.pem"));
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      keys.setKeyEntry("peer", key(issuer + "-peer.key"), PASSWORD, new Certificate[] {leaf});
      KeyManagerFactory keyManagers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keyManagers.init(keys, PASSWORD);
      KeyStore issuers = KeyStore.getInstance("PKCS12");
      issuers.load(null, null);
      issuers.setCertificateEntry(
          "ca", certificates.generateCertificate(open(trusted + "-ca.pem")));
      TrustManagerFactory trustManagers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trustManagers.init(issuers);
      return new TestTls(
          (X509ExtendedKeyManager) keyManagers.getKeyManagers()[0],
          new PeerTrust((X509TrustManager) trustManagers.getTrustManagers()[0]));
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static InputStream open(String name) {
    return Objects.requireNonNull(
        TestTls.class.getResourceAsStream("/io/sluice/metadata/tls/" + name), name);
  }

  private static PrivateKey key(String name) throws IOException, GeneralSecurityException {
    try (InputStream file = open(name)) {
      String text =
          new String(file.readAllBytes(), StandardCharsets.US_ASCII)
              .replaceAll("-----[A-Z ]+-----|\\s", "");
      return KeyFactory.getInstance("EC")
          .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
    }
  }
}
