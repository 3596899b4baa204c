package io.sluice.testkit.tls;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemGenerationException;

/** An operator's certificate authority, with its files, in PEM, in a directory. */
public final class TestAuthority {
  private static final int SERIAL_BITS = 64;
  private static final Duration VALIDITY = Duration.ofDays(1);

  /**
   * A certificate for 127.0.0.1.
   *
   * @param authority file of the authority that signed it
   * @param certificate file
   * @param key file
   */
  public record Issued(Path authority, Path certificate, Path key) {}

  private final InstantSource clock;
  private final Path directory;
  private final String name;
  private final String algorithm;
  private final KeyPair pair;
  private final X509Certificate certificate;
  private final Path file;

  /**
   * @param algorithm of all its keys: RSA or EC
   * @param clock from whose time on certificates are good, for a day
   */
  public TestAuthority(Path directory, String name, String algorithm, InstantSource clock) {
    this.clock = clock;
    this.directory = directory;
    this.name = name;
    this.algorithm = algorithm;
    this.pair = pair();
    this.certificate =
        sign(name, pair, true, new KeyPurposeId[0], clock.instant().minusSeconds(60));
    this.file = directory.resolve(name + ".pem");
    write(file, certificate);
  }

  private KeyPair pair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(algorithm.equals("RSA") ? 2048 : 256);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The file of its certificate. */
  public Path file() {
    return file;
  }

  public X509Certificate certificate() {
    return certificate;
  }

  /** For servers and clients, usable for a day. */
  public Issued issue(String subject) {
    return issue(
        subject,
        clock.instant().minusSeconds(60),
        KeyPurposeId.id_kp_serverAuth,
        KeyPurposeId.id_kp_clientAuth);
  }

  /** Usable for a day from then on. */
  public Issued issue(String subject, Instant from, KeyPurposeId... purposes) {
    KeyPair own = pair();
    Path certificateFile = directory.resolve(name + "-" + subject + ".pem");
    Path keyFile = directory.resolve(name + "-" + subject + ".key");
    write(certificateFile, sign(subject, own, false, purposes, from));
    write(keyFile, pkcs8(own.getPrivate()));
    return new Issued(file, certificateFile, keyFile);
  }

  private X509Certificate sign(
      String subject, KeyPair own, boolean authority, KeyPurposeId[] purposes, Instant from) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=" + name),
              new BigInteger(SERIAL_BITS, new SecureRandom()),
              Date.from(from),
              Date.from(from.plus(VALIDITY)),
              new X500Name("CN=" + subject),
              own.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      if (!authority) {
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1")));
      }
      String signature = algorithm.equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(new JcaContentSignerBuilder(signature).build(pair.getPrivate())));
    } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static JcaPKCS8Generator pkcs8(PrivateKey key) {
    try {
      return new JcaPKCS8Generator(key, null);
    } catch (PemGenerationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void write(Path file, Object object) {
    StringWriter text = new StringWriter();
    try {
      try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
        pem.writeObject(object);
      }
      Files.writeString(file, text.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
