package io.sluice.cluster.channel;

import static io.sluice.cluster.channel.ChannelFixture.await;
import static io.sluice.cluster.channel.ChannelFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cluster.secret.CertificateFiles;
import io.sluice.cluster.secret.NodeCertificates;
import io.sluice.storage.StorageFailure;
import io.sluice.testkit.tls.TestAuthority;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The internal channel under an operator's own certificates. */
class OwnCertificatesTest {
  private static final Duration LIMIT = Duration.ofSeconds(5);

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC"})
  void client_ofTheSameAuthority_isAnswered_ofAnother_isNot(String algorithm) throws IOException {
    TestAuthority authority =
        new TestAuthority(directory, "own", algorithm, InstantSource.system());
    TestAuthority other = new TestAuthority(directory, "other", algorithm, InstantSource.system());
    ChannelFixture channel = new ChannelFixture(read(authority, "server"));
    try {
      String address = "127.0.0.1:" + channel.port;
      InternalClient node = client(channel, read(authority, "client"));
      assertThat(await(node.identity(address, LIMIT)).getName()).isNotEmpty();
      InternalClient stranger = client(channel, read(other, "client"));
      assertThat(failure(stranger.identity(address, LIMIT)))
          .isInstanceOf(StorageFailure.Unavailable.class);
      InternalClient derived =
          client(channel, ChannelFixture.certificates(ChannelFixture.SECRET, "client"));
      assertThat(failure(derived.identity(address, LIMIT)))
          .isInstanceOf(StorageFailure.Unavailable.class);
      await(node.close());
      await(stranger.close());
      await(derived.close());
    } finally {
      channel.close();
    }
  }

  private static NodeCertificates read(TestAuthority authority, String name) throws IOException {
    TestAuthority.Issued issued = authority.issue(name);
    return NodeCertificates.read(
        new CertificateFiles(issued.authority(), issued.certificate(), issued.key()));
  }

  private static InternalClient client(ChannelFixture channel, NodeCertificates certificates) {
    return new InternalClient(channel.vertx, certificates, ChannelFixture.PATIENT);
  }
}
