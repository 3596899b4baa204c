package io.sluice.cluster.secret;

import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;

/**
 * How this process proves that it knows the cluster secret, and checks that others do: a key and
 * certificate of its own, made when it starts and signed by the authority that the secret stands
 * for. They never touch a disk.
 *
 * <p>Mutual TLS with them is the only proof that Raft and the internal channel ask for. Immutable,
 * any thread.
 */
public final class NodeCertificates {
  /** Clocks of nodes may differ, and a process may run for years. */
  private static final Duration VALID_BEFORE = Duration.ofDays(365);

  private static final Duration VALID_AFTER = Duration.ofDays(10 * 365);
  private static final int SERIAL_BITS = 127;

  private final X509Certificate authority;
  private final X509Certificate certificate;
  private final PrivateKey key;
  private final NodeKey keyManager;
  private final NodeTrust trustManager;

  private NodeCertificates(
      ClusterAuthority authority, X509Certificate certificate, PrivateKey key, Clock clock) {
    this.authority = authority.certificate();
    this.certificate = certificate;
    this.key = key;
    this.keyManager = new NodeKey(key, certificate, this.authority);
    this.trustManager = new NodeTrust(this.authority, clock);
  }

  /**
   * Makes them. Takes some milliseconds.
   *
   * @param node the node's name, the certificate's common name
   */
  public static NodeCertificates make(ClusterSecret secret, String node, Clock clock) {
    ClusterAuthority authority = ClusterAuthority.of(secret);
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      X509Certificate certificate = leaf(authority, node, pair, clock.instant());
      return new NodeCertificates(authority, certificate, pair.getPrivate(), clock);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("the node's certificate can't be made", e);
    }
  }

  private static X509Certificate leaf(
      ClusterAuthority authority, String node, KeyPair pair, Instant now) throws IOException {
    X509v3CertificateBuilder builder =
        new X509v3CertificateBuilder(
                authority.name(),
                new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(SERIAL_BITS),
                Date.from(now.minus(VALID_BEFORE)),
                Date.from(now.plus(VALID_AFTER)),
                new X500NameBuilder().addRDN(BCStyle.CN, node).build(),
                SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()))
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
            .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
            .addExtension(
                Extension.extendedKeyUsage,
                false,
                new ExtendedKeyUsage(
                    new KeyPurposeId[] {
                      KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth
                    }));
    return authority.sign(builder);
  }

  /** For TLS in both directions. */
  public X509ExtendedKeyManager keyManager() {
    return keyManager;
  }

  /**
   * Trusts who holds a certificate of this cluster's authority, as client and as server. Names and
   * addresses are not compared: nodes are found at addresses that the metadata names, and whoever
   * knows the secret may be any of them.
   */
  public X509ExtendedTrustManager trustManager() {
    return trustManager;
  }

  public KeyCertOptions keyCertOptions() {
    return KeyCertOptions.wrap(keyManager);
  }

  public TrustOptions trustOptions() {
    return TrustOptions.wrap(trustManager);
  }

  /** This process' certificate, then the authority's. */
  public List<X509Certificate> chain() {
    return List.of(certificate, authority);
  }

  /** The authority's certificate: the same bytes on each node. */
  public X509Certificate authority() {
    return authority;
  }

  /** This process' private key. */
  public PrivateKey privateKey() {
    return key;
  }

  @Override
  public String toString() {
    return "NodeCertificates[" + certificate.getSubjectX500Principal().getName() + "]";
  }
}
