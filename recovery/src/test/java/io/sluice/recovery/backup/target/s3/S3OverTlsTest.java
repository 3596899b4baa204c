package io.sluice.recovery.backup.target.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import io.sluice.testkit.tls.TestAuthority;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An endpoint whose authority is its operator's own. */
class S3OverTlsTest {
  private static final int WRITERS = 4;

  @TempDir private Path directory;

  private static SSLContext context(TestAuthority.Issued issued)
      throws IOException, GeneralSecurityException {
    String pem = Files.readString(issued.key()).replaceAll("-----[A-Z ]+-----|\\s", "");
    PrivateKey key =
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(issued.certificate())) {
      Certificate own = CertificateFactory.getInstance("X.509").generateCertificate(in);
      store.setKeyEntry("s3", key, new char[0], new Certificate[] {own});
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  @Test
  void commit_severalLargeFilesAtOnce_arriveWhole() throws Exception {
    TestAuthority authority = new TestAuthority(directory, "own", "EC", InstantSource.system());
    try (FakeS3 s3 = FakeS3.overTls(context(authority.issue("s3")))) {
      assertThatThrownBy(() -> S3Target.open(s3.url("p", ""), FakeS3.access()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("the certificate of 127.0.0.1 is not trusted");
      ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
      try (S3Target target =
          S3Target.open(s3.url("p", "&ca-bundle=" + authority.file()), FakeS3.access())) {
        List<Callable<Boolean>> files =
            IntStream.range(0, WRITERS)
                .<Callable<Boolean>>mapToObj(i -> () -> isWhole(target, i))
                .toList();
        for (Future<Boolean> whole : threads.invokeAll(files)) {
          assertThat(whole.get()).isTrue();
        }
      } finally {
        threads.shutdownNow();
      }
    }
  }

  /** In three parts each: more at once than the target has threads for. */
  private static boolean isWhole(S3Target target, int number) throws IOException {
    byte[] bytes = new byte[(17 << 20) + number];
    new Random(number).nextBytes(bytes);
    try (NewFile file = target.create("files/" + number)) {
      file.write(ByteBuffer.wrap(bytes));
      file.commit();
    }
    ByteBuffer read = ByteBuffer.allocate(bytes.length);
    try (StoredFile file = target.open("files/" + number)) {
      file.read(0, read);
    }
    return Arrays.equals(read.array(), bytes);
  }
}
