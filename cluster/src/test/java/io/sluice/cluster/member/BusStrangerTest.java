package io.sluice.cluster.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.cluster.secret.ClusterSecret;
import io.sluice.cluster.secret.NodeCertificates;
import io.sluice.testkit.FreePorts;
import io.vertx.core.Promise;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The event bus of a running member, and who it talks to. */
class BusStrangerTest {
  private static final ClusterSecret SECRET = ClusterSecret.of("a secret of the tests of the bus");
  private static final ClusterSecret OTHER = ClusterSecret.of("another secret, of a stranger here");

  /** The begin of a message of the bus, which then waits for the rest. */
  private static final Buffer BEGIN = Buffer.buffer().appendInt(1_000).appendByte((byte) 2);

  private static HazelcastMembership member;
  private static int port;

  @BeforeAll
  static void start() throws IOException {
    List<Integer> ports = FreePorts.some(2);
    port = ports.get(1);
    member =
        HazelcastMembership.start(
                new MembershipOptions(
                    null,
                    "n1",
                    "i",
                    "s",
                    "127.0.0.1:" + ports.get(0),
                    List.of("127.0.0.1:" + ports.get(0)),
                    BusOptions.of("127.0.0.1", port, certificates(SECRET))),
                new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(2))
            .await();
  }

  @AfterAll
  static void stop() {
    member.stop().await();
  }

  private static NodeCertificates certificates(ClusterSecret secret) {
    return NodeCertificates.make(secret, "n", Clock.systemUTC());
  }

  private static NetClientOptions tls() {
    NetClientOptions options = new NetClientOptions();
    options.setSsl(true).setTrustAll(true).setHostnameVerificationAlgorithm("");
    options.setEnabledSecureTransportProtocols(Set.of("TLSv1.3"));
    return options;
  }

  /** Whether a connection is kept that says a few bytes. */
  private static boolean isHeard(NetClientOptions options) {
    Promise<Void> closed = Promise.promise();
    // On its event loop, before anything can come.
    NetSocket socket =
        member
            .vertx()
            .createNetClient(options)
            .connect(port, "127.0.0.1")
            .map(
                made -> {
                  made.exceptionHandler(failure -> {}).closeHandler(v -> closed.tryComplete());
                  made.write(BEGIN);
                  return made;
                })
            .await();
    try {
      closed.future().toCompletionStage().toCompletableFuture().get(3, TimeUnit.SECONDS);
      return false;
    } catch (TimeoutException e) {
      return true;
    } catch (Exception e) {
      return false;
    } finally {
      socket.close();
    }
  }

  @Test
  void connection_withTheClustersCertificate_isKept() {
    NetClientOptions options = tls();
    options.setKeyCertOptions(certificates(SECRET).keyCertOptions());
    assertThat(isHeard(options)).isTrue();
  }

  @Test
  void connection_withoutTls_isClosed() {
    assertThat(isHeard(new NetClientOptions())).isFalse();
  }

  @Test
  void connection_withoutCertificate_isClosed() {
    assertThat(isHeard(tls())).isFalse();
  }

  @Test
  void connection_withTheCertificateOfAnotherCluster_isClosed() {
    NetClientOptions options = tls();
    options.setKeyCertOptions(certificates(OTHER).keyCertOptions());
    assertThat(isHeard(options)).isFalse();
  }

  @Test
  void connection_toABusOfAnotherCluster_isNotMade() {
    NetClientOptions options = tls();
    options.setTrustAll(false).setTrustOptions(certificates(OTHER).trustOptions());
    options.setKeyCertOptions(certificates(OTHER).keyCertOptions());
    assertThatThrownBy(
            () -> member.vertx().createNetClient(options).connect(port, "127.0.0.1").await())
        .isNotNull();
  }
}
