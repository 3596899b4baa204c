package io.sluice.cluster.channel;

import static io.sluice.cluster.channel.ChannelFixture.await;
import static io.sluice.cluster.channel.ChannelFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BreakerTest {
  private final ChannelFixture channel = new ChannelFixture();
  private volatile String address = "127.0.0.1:1";
  private final RemoteNode node = channel.client.node("other", () -> address);
  private final ChunkReplica replica = node.replica("disk-1", () -> null);
  private final EncodedChunk chunk = Chunks.chunk(1, 1, 1000);

  @AfterEach
  void close() {
    assertThat(chunk.refCnt()).isEqualTo(1);
    chunk.release();
    node.close();
    channel.close();
  }

  private void openIt() {
    for (int i = 0; i < ChannelFixture.PATIENT.breakerFailures(); i++) {
      assertThat(failure(replica.write(chunk, 1)))
          .isInstanceOf(StorageFailure.Unavailable.class)
          .hasMessageContaining("there is no connection");
    }
  }

  @Test
  void failuresInARow_openIt_andCallsFailAtOnce() {
    openIt();

    assertThat(node.isReachable()).isFalse();
    assertThat(replica.state()).isEqualTo(ChunkReplica.State.FAILED);
    assertThat(failure(replica.write(chunk, 1)))
        .isInstanceOf(StorageFailure.Unavailable.class)
        .hasMessage("node other does not answer");
    assertThat(replica.load().requestsInFlight()).isZero();
  }

  /** Else a node with a bad disk or a full queue of calls would count as dead. */
  @Test
  void identity_whileItIsOpen_isAskedAllTheSame() {
    openIt();
    address = "127.0.0.1:" + channel.port;

    assertThat(node.isReachable()).isFalse();
    assertThat(await(node.identity(Duration.ofSeconds(20))).getName()).isEqualTo("server");
  }

  @Test
  void nodeBack_closesItWithoutTraffic() {
    openIt();

    address = "127.0.0.1:" + channel.port;

    await().atMost(Duration.ofSeconds(10)).until(node::isReachable);
    assertThat(replica.state()).isEqualTo(ChunkReplica.State.WRITABLE);
    await(replica.write(chunk, 1));
  }

  @Test
  void successBetweenFailures_keepsItClosed() {
    String dead = address;
    for (int i = 0; i < 5; i++) {
      address = dead;
      failure(replica.write(chunk, 1));
      failure(replica.write(chunk, 1));
      address = "127.0.0.1:" + channel.port;
      await(replica.write(chunk, 1));
    }

    assertThat(node.isReachable()).isTrue();
  }
}
