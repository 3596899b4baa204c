package io.sluice.cluster.channel;

import static io.sluice.cluster.channel.ChannelFixture.await;
import static io.sluice.cluster.channel.ChannelFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cluster.secret.ClusterSecret;
import io.sluice.storage.StorageFailure;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who does not know the secret gets nothing. */
class StrangerTest {
  private static final ClusterSecret OTHER =
      ClusterSecret.of("another secret of the channel's tests");
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final ChannelFixture channel = new ChannelFixture();

  @AfterEach
  void close() {
    channel.close();
  }

  @Test
  void client_otherSecret_isUnavailable() {
    InternalClient stranger =
        new InternalClient(
            channel.vertx, ChannelFixture.certificates(OTHER, "client"), ChannelFixture.PATIENT);

    assertThat(failure(stranger.identity("127.0.0.1:" + channel.port, LIMIT)))
        .isInstanceOf(StorageFailure.Unavailable.class);
    await(stranger.close());
  }

  private Future<Integer> get(HttpClientOptions options) {
    options.setSsl(true).setTrustAll(true).setVerifyHost(false);
    return channel
        .vertx
        .createHttpClient(options)
        .request(HttpMethod.GET, channel.port, "127.0.0.1", "/v1/node")
        .compose(request -> request.send())
        .map(HttpClientResponse::statusCode);
  }

  @Test
  void server_clientWithoutCertificate_isNotAnswered() {
    assertThat(failure(get(new HttpClientOptions()))).isNotNull();
  }

  @Test
  void server_clientWithCertificateOfAnotherCluster_isNotAnswered() {
    HttpClientOptions options = new HttpClientOptions();
    options.setKeyCertOptions(ChannelFixture.certificates(OTHER, "client").keyCertOptions());

    assertThat(failure(get(options))).isNotNull();
  }

  @Test
  void server_clientWithCertificateOfThisCluster_isAnswered() {
    HttpClientOptions options = new HttpClientOptions();
    options.setKeyCertOptions(
        ChannelFixture.certificates(ChannelFixture.SECRET, "client").keyCertOptions());

    assertThat(await(get(options))).isEqualTo(200);
  }
}
