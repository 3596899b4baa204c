package io.sluice.cluster.secret;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/** Reads certificates and keys as operators have them. Every failure is one line for them. */
final class PemFiles {
  private static final int FILE_BYTES_MAX = 256 << 10;

  private PemFiles() {}

  /**
   * All certificates of a file, in its order.
   *
   * @throws IOException when there is none, or the file can't be read
   */
  static List<X509Certificate> certificates(Path file) throws IOException {
    List<X509Certificate> found = new ArrayList<>();
    JcaX509CertificateConverter converter = new JcaX509CertificateConverter();
    for (Object object : objects(file)) {
      if (object instanceof X509CertificateHolder holder) {
        try {
          found.add(converter.getCertificate(holder));
        } catch (CertificateException e) {
          throw new IOException(file + " has a certificate that can't be read", e);
        }
      }
    }
    if (found.isEmpty()) {
      throw new IOException(file + " has no certificate in it (PEM is expected)");
    }
    return found;
  }

  /**
   * The private key of a file: PKCS #8, or what OpenSSL wrote before that.
   *
   * @throws IOException when there is none, it is encrypted, or the file can't be read
   */
  static PrivateKey key(Path file) throws IOException {
    for (Object object : objects(file)) {
      if (object instanceof PKCS8EncryptedPrivateKeyInfo || object instanceof PEMEncryptedKeyPair) {
        throw new IOException(
            "the key in " + file + " is encrypted: Sluice can't be asked for its passphrase");
      }
      if (object instanceof PEMKeyPair pair) {
        return key(file, pair.getPrivateKeyInfo());
      }
      if (object instanceof PrivateKeyInfo key) {
        return key(file, key);
      }
    }
    throw new IOException(file + " has no private key in it (PEM is expected)");
  }

  private static PrivateKey key(Path file, PrivateKeyInfo key) throws IOException {
    try {
      return new JcaPEMKeyConverter().getPrivateKey(key);
    } catch (PEMException e) {
      throw new IOException("the key in " + file + " can't be used: " + e.getMessage(), e);
    }
  }

  private static List<Object> objects(Path file) throws IOException {
    List<Object> objects = new ArrayList<>();
    String text = text(file);
    try (PEMParser parser = new PEMParser(new StringReader(text))) {
      for (Object next = parser.readObject(); next != null; next = parser.readObject()) {
        objects.add(next);
      }
    } catch (IOException e) {
      throw new IOException(file + " is not PEM: " + e.getMessage(), e);
    }
    return objects;
  }

  private static String text(Path file) throws IOException {
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new IOException(file + " is too large to be a node's certificate or key");
      }
      // What is between the blocks may be in any encoding.
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new IOException(file + " does not exist", e);
    } catch (AccessDeniedException e) {
      throw new IOException(file + " may not be read", e);
    }
  }
}
