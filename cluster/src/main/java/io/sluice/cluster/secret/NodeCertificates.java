package io.sluice.cluster.secret;

import io.sluice.storage.PeerTrust;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
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
 * How this process proves that it is a node of the cluster, and checks that others are. Unless the
 * operator has certificates of its own, this is a key and certificate made when the process starts
 * and signed by the authority that the cluster secret stands for; they never touch a disk.
 *
 * <p>Mutual TLS with them is the only proof that Raft, the internal channel and the event bus ask
 * for. Immutable, any thread.
 */
public final class NodeCertificates {
  /** Clocks of nodes may differ, and a process may run for years. */
  private static final Duration VALID_BEFORE = Duration.ofDays(365);

  private static final Duration VALID_AFTER = Duration.ofDays(10 * 365);
  private static final int SERIAL_BITS = 127;

  /** A bundle of the world's authorities would let anyone in. */
  private static final int AUTHORITIES_MAX = 8;

  private final List<X509Certificate> authorities;
  private final List<X509Certificate> chain;
  private final PrivateKey key;
  private final NodeKey keyManager;
  private final PeerTrust trustManager;

  private NodeCertificates(
      List<X509Certificate> authorities,
      List<X509Certificate> chain,
      PrivateKey key,
      X509TrustManager trust) {
    this.authorities = List.copyOf(authorities);
    this.chain = List.copyOf(chain);
    this.key = key;
    this.keyManager = new NodeKey(key, chain.toArray(X509Certificate[]::new));
    this.trustManager = new PeerTrust(trust);
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
      return new NodeCertificates(
          List.of(authority.certificate()),
          List.of(certificate, authority.certificate()),
          pair.getPrivate(),
          new NodeTrust(authority.certificate(), clock));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("the node's certificate can't be made", e);
    }
  }

  /**
   * Reads an operator's. Whoever has a certificate of these authorities is a node then, and knowing
   * the secret proves nothing. Blocks.
   *
   * @throws IOException with a message for the operator: a file can't be used, the key is of
   *     another certificate, or other nodes would refuse the certificate
   */
  public static NodeCertificates read(CertificateFiles files) throws IOException {
    List<X509Certificate> authorities = PemFiles.certificates(files.authorities());
    if (authorities.size() > AUTHORITIES_MAX) {
      throw new IOException(
          files.authorities()
              + " has "
              + authorities.size()
              + " authorities: name this cluster's own, because whoever has a certificate of one is"
              + " a node");
    }
    List<X509Certificate> chain = PemFiles.certificates(files.certificate());
    PrivateKey key = PemFiles.key(files.key());
    requireSamePair(files, chain.get(0), key);
    IssuedTrust trust = new IssuedTrust(authorities);
    requireUsable(files, chain, trust);
    return new NodeCertificates(authorities, chain, key, trust);
  }

  private static void requireSamePair(
      CertificateFiles files, X509Certificate certificate, PrivateKey key) throws IOException {
    String type = key.getAlgorithm();
    if (!type.equals("RSA") && !type.equals("EC")) {
      throw new IOException("the key in " + files.key() + " is neither RSA nor EC, but " + type);
    }
    byte[] proof = files.toString().getBytes(StandardCharsets.UTF_8);
    try {
      Signature signature =
          Signature.getInstance(type.equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA");
      signature.initSign(key);
      signature.update(proof);
      byte[] signed = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      signature.update(proof);
      if (signature.verify(signed)) {
        return;
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "the key in " + files.key() + " is not that of " + files.certificate(), e);
    }
    throw new IOException("the key in " + files.key() + " is not that of " + files.certificate());
  }

  /** As other nodes will check it: nodes are servers and clients. */
  private static void requireUsable(
      CertificateFiles files, List<X509Certificate> chain, IssuedTrust trust) throws IOException {
    X509Certificate[] shown = chain.toArray(X509Certificate[]::new);
    try {
      shown[0].checkValidity();
    } catch (CertificateException e) {
      throw new IOException(
          "the certificate in "
              + files.certificate()
              + " is valid from "
              + shown[0].getNotBefore().toInstant()
              + " to "
              + shown[0].getNotAfter().toInstant(),
          e);
    }
    try {
      String type = shown[0].getPublicKey().getAlgorithm();
      trust.checkServerTrusted(shown, type);
      trust.checkClientTrusted(shown, type);
    } catch (CertificateException e) {
      throw new IOException(
          "other nodes would refuse the certificate in "
              + files.certificate()
              + ": it must lead to an authority in "
              + files.authorities()
              + ", and be for TLS servers and clients ("
              + e.getMessage()
              + ")",
          e);
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

  /** Trusts who holds a certificate of this cluster's authority, as client and as server. */
  public PeerTrust trustManager() {
    return trustManager;
  }

  public KeyCertOptions keyCertOptions() {
    return KeyCertOptions.wrap(keyManager);
  }

  public TrustOptions trustOptions() {
    return TrustOptions.wrap(trustManager);
  }

  /**
   * As PEM in memory: for the event bus, which hands its options on as JSON and loses a key
   * manager.
   */
  public PemKeyCertOptions pemKeyCertOptions() {
    return new PemKeyCertOptions()
        .addCertValue(Buffer.buffer(Pem.of(chain)))
        .addKeyValue(Buffer.buffer(Pem.of(key)));
  }

  /** The authorities as PEM in memory, as {@link #pemKeyCertOptions}. */
  public PemTrustOptions pemTrustOptions() {
    return new PemTrustOptions().addCertValue(Buffer.buffer(Pem.of(authorities)));
  }

  /** This process' certificate, then what is between it and the authority. */
  public List<X509Certificate> chain() {
    return chain;
  }

  /** The authority's certificate, the first if there are several: the same bytes on each node. */
  public X509Certificate authority() {
    return authorities.get(0);
  }

  @Override
  public String toString() {
    return "NodeCertificates[" + chain.get(0).getSubjectX500Principal().getName() + "]";
  }
}
