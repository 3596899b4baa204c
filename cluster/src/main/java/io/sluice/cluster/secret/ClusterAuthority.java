package io.sluice.cluster.secret;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.operator.ContentSigner;

/**
 * The certificate authority that every node of a cluster can make for itself out of the secret: the
 * same key, and byte for byte the same certificate, on each.
 *
 * <p>The key is HKDF-SHA256 of the secret, reduced to a scalar of P-256. 48 bytes are drawn for it,
 * so that the reduction has no bias that matters (FIPS 186-5, A.2.1). Signatures use the
 * deterministic nonce of RFC 6979, which is why the certificate is the same everywhere.
 */
final class ClusterAuthority {
  private static final String PURPOSE = "certificate authority, P-256, 1";
  private static final int SEED_BYTES = 48;
  private static final X500Name NAME = new X500Name("CN=Sluice cluster");

  /** Fixed, like all of the authority's certificate: clocks have no part in it. */
  private static final Instant FROM = Instant.parse("2020-01-01T00:00:00Z");

  private static final Instant UNTIL = Instant.parse("2120-01-01T00:00:00Z");

  private final ECPrivateKeyParameters key;
  private final X509Certificate certificate;

  private ClusterAuthority(ECPrivateKeyParameters key, X509Certificate certificate) {
    this.key = key;
    this.certificate = certificate;
  }

  static ClusterAuthority of(ClusterSecret secret) {
    ECDomainParameters curve =
        new ECDomainParameters(CustomNamedCurves.getByOID(SECObjectIdentifiers.secp256r1));
    BigInteger seed = new BigInteger(1, secret.derive(PURPOSE, SEED_BYTES));
    BigInteger scalar = seed.mod(curve.getN().subtract(BigInteger.ONE)).add(BigInteger.ONE);
    // The comb multiplier takes the same steps whatever the scalar is.
    ECPoint point = new FixedPointCombMultiplier().multiply(curve.getG(), scalar).normalize();
    ECPrivateKeyParameters key = new ECPrivateKeyParameters(scalar, curve);
    SubjectPublicKeyInfo publicKey =
        new SubjectPublicKeyInfo(
            new AlgorithmIdentifier(
                X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256r1),
            point.getEncoded(false));
    try {
      X509v3CertificateBuilder builder =
          new X509v3CertificateBuilder(
                  NAME, BigInteger.ONE, Date.from(FROM), Date.from(UNTIL), NAME, publicKey)
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
              .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
      return new ClusterAuthority(key, parse(builder.build(new Signer(key))));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("the cluster's certificate can't be made", e);
    }
  }

  X509Certificate certificate() {
    return certificate;
  }

  PublicKey publicKey() {
    return certificate.getPublicKey();
  }

  X500Name name() {
    return NAME;
  }

  /** Signs a certificate for a node. */
  X509Certificate sign(X509v3CertificateBuilder builder) throws IOException {
    try {
      return parse(builder.build(new Signer(key)));
    } catch (GeneralSecurityException e) {
      throw new IOException("a certificate that was just made can't be read", e);
    }
  }

  private static X509Certificate parse(X509CertificateHolder holder)
      throws IOException, GeneralSecurityException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(holder.getEncoded()));
  }

  /** ECDSA with SHA-256 and the deterministic nonce of RFC 6979. */
  private static final class Signer implements ContentSigner {
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private final ECPrivateKeyParameters key;

    Signer(ECPrivateKeyParameters key) {
      this.key = key;
    }

    @Override
    public AlgorithmIdentifier getAlgorithmIdentifier() {
      return new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);
    }

    @Override
    public OutputStream getOutputStream() {
      return content;
    }

    @Override
    public byte[] getSignature() {
      SHA256Digest digest = new SHA256Digest();
      byte[] bytes = content.toByteArray();
      digest.update(bytes, 0, bytes.length);
      byte[] hash = new byte[digest.getDigestSize()];
      digest.doFinal(hash, 0);
      ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
      signer.init(true, key);
      BigInteger[] signature = signer.generateSignature(hash);
      ASN1EncodableVector pair = new ASN1EncodableVector();
      pair.add(new ASN1Integer(signature[0]));
      pair.add(new ASN1Integer(signature[1]));
      try {
        return new DERSequence(pair).getEncoded();
      } catch (IOException e) {
        throw new IllegalStateException("a signature can't be encoded", e);
      }
    }
  }
}
