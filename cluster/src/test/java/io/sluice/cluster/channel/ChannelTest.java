package io.sluice.cluster.channel;

import static io.sluice.cluster.channel.ChannelFixture.await;
import static io.sluice.cluster.channel.ChannelFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.proto.DiskHint;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChannelTest {
  private static final int RECORD = 4 << 20;

  private final ChannelFixture channel =
      new ChannelFixture(
          ServerLimits.DEFAULT,
          ChannelFixture.PATIENT,
          List.of(
              new InternalRoute(
                  HttpMethod.POST,
                  "/v1/echo/:word",
                  100,
                  request ->
                      Future.succeededFuture(
                          Buffer.buffer(request.pathParam("word"))
                              .appendString(request.query().get("q"))
                              .appendBuffer(request.body())))));
  private final ChunkReplica replica = channel.replica;

  @AfterEach
  void close() {
    channel.close();
  }

  private static byte[] bytes(EncodedChunk chunk) {
    byte[] bytes = new byte[chunk.record().readableBytes()];
    chunk.record().getBytes(0, bytes);
    return bytes;
  }

  @Test
  void identity_isThatOfTheNode() {
    assertThat(await(channel.client.identity("127.0.0.1:" + channel.port, Duration.ofSeconds(5))))
        .satisfies(identity -> assertThat(identity.getName()).isEqualTo("server"));
    assertThat(await(channel.node.identity(Duration.ofSeconds(5))).getIncarnation()).isEqualTo("7");
  }

  @Test
  void write_wholeRecord_arrivesAndIsReleasedOnce() {
    EncodedChunk chunk = Chunks.chunk(7, 1, RECORD);

    await(replica.write(chunk, 42));

    assertThat(channel.disk.records.get(chunk.header().id())).isEqualTo(bytes(chunk));
    assertThat(channel.disk.layouts.get(chunk.header().id())).isEqualTo(42);
    assertThat(chunk.refCnt()).isEqualTo(1);
    chunk.release();
    assertThat(channel.server.bytesInFlight()).isZero();
  }

  @Test
  void write_emptyChunk_arrives() {
    EncodedChunk chunk = Chunks.chunk(7, 1, 0);

    await(replica.write(chunk, 1));

    assertThat(channel.disk.records).containsKey(chunk.header().id());
    chunk.release();
  }

  @Test
  void write_failuresOfTheDisk_arriveAsThemselves() {
    EncodedChunk chunk = Chunks.chunk(7, 1, 1000);
    for (RuntimeException failure :
        List.of(
            new StorageFailure.Unavailable("busy", Duration.ofSeconds(3), null),
            new StorageFailure.DiskFailed("full", null),
            new StorageFailure.ChunkDamaged("bad", null),
            new StorageFailure.ChunkNotFound("deleted"))) {
      channel.disk.failure = failure;
      assertThat(failure(replica.write(chunk, 1)))
          .hasSameClassAs(failure)
          .hasMessage(failure.getMessage());
    }
    assertThat(channel.node.isReachable()).as("answers are no trouble").isTrue();
    chunk.release();
  }

  @Test
  void write_surpriseOnTheOtherSide_isUnavailable() {
    EncodedChunk chunk = Chunks.chunk(7, 1, 1000);
    channel.disk.failure = new IllegalStateException("a bug");

    assertThat(failure(replica.write(chunk, 1))).isInstanceOf(StorageFailure.Unavailable.class);
    chunk.release();
  }

  @Test
  void write_unknownDisk_isDiskFailed() {
    EncodedChunk chunk = Chunks.chunk(7, 1, 1000);
    ChunkReplica other = channel.node.replica("disk-9", () -> null);

    assertThat(failure(other.write(chunk, 1))).isInstanceOf(StorageFailure.DiskFailed.class);
    chunk.release();
  }

  @Test
  void write_32AtOnce_allArrive() {
    List<EncodedChunk> chunks = new ArrayList<>();
    List<Future<?>> writes = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      EncodedChunk chunk = Chunks.chunk(i, i, RECORD / 4);
      chunks.add(chunk);
      writes.add(replica.write(chunk, 1));
    }

    await(Future.all(writes));

    for (EncodedChunk chunk : chunks) {
      assertThat(channel.disk.records.get(chunk.header().id())).isEqualTo(bytes(chunk));
      assertThat(chunk.refCnt()).isEqualTo(1);
      chunk.release();
    }
    assertThat(replica.load().requestsInFlight()).isZero();
    assertThat(replica.load().bytesInFlight()).isZero();
  }

  @Test
  void read_someFrames_areThoseOfTheChunk() {
    EncodedChunk chunk = Chunks.chunk(7, 1, RECORD - 5);
    await(replica.write(chunk, 1));

    StoredFrames frames = await(replica.read(chunk.header().id(), 2, 3));

    assertThat(frames.header()).isEqualTo(chunk.header());
    assertThat(frames.firstFrame()).isEqualTo(2);
    assertThat(frames.frameCount()).isEqualTo(3);
    int at = chunk.header().headLength() + 2 * (256 << 10);
    assertThat(frames.stored()).isEqualTo(chunk.record().slice(at, 3 * (256 << 10)));
    assertThat(frames.stored().release()).isTrue();
    chunk.release();
  }

  @Test
  void read_pastTheEnd_givesWhatThereIs() {
    EncodedChunk chunk = Chunks.chunk(7, 1, 300 << 10);
    await(replica.write(chunk, 1));

    StoredFrames frames = await(replica.read(chunk.header().id(), 1, 16));

    assertThat(frames.frameCount()).isEqualTo(1);
    assertThat(frames.stored().readableBytes()).isEqualTo(44 << 10);
    frames.stored().release();
    chunk.release();
  }

  @Test
  void read_unknownChunk_isNotFound() {
    assertThat(failure(replica.read(ChunkId.of(0, 1, 2, 3), 0, 1)))
        .isInstanceOf(StorageFailure.ChunkNotFound.class);
  }

  @Test
  void read_damagedOnTheOtherSide_isNoticedHere() {
    EncodedChunk chunk = Chunks.chunk(7, 1, 1000);
    await(replica.write(chunk, 1));
    byte[] record = channel.disk.records.get(chunk.header().id());
    record[record.length - 1] ^= 1;

    assertThat(failure(replica.read(chunk.header().id(), 0, 1)))
        .isInstanceOf(StorageFailure.ChunkDamaged.class);
    chunk.release();
  }

  @Test
  void list_andDelete_goByPartition() {
    List<ChunkId> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      EncodedChunk chunk = Chunks.chunk(i < 4 ? 1 : 2, i, 10);
      ids.add(chunk.header().id());
      await(replica.write(chunk, 1));
      chunk.release();
    }

    assertThat(await(replica.list(1, null, 3))).isEqualTo(ids.subList(0, 3));
    assertThat(await(replica.list(1, ids.get(2), 10_000))).isEqualTo(ids.subList(3, 4));
    await(replica.delete(ids.subList(0, 2)));
    assertThat(await(replica.list(1, null, 10))).isEqualTo(ids.subList(2, 4));
  }

  @Test
  void raiseLayoutVersion_reachesTheDisk() {
    await(replica.raiseLayoutVersion(Long.MAX_VALUE));

    assertThat(channel.disk.raisedTo).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void state_andLoad_comeFromTheHint() {
    assertThat(replica.state()).isEqualTo(ChunkReplica.State.WRITABLE);
    channel.hint =
        DiskHint.newBuilder()
            .setState(1)
            .setRequestsInFlight(9)
            .setCapacityBytes(100)
            .setFreeBytes(50)
            .build();
    assertThat(replica.state()).isEqualTo(ChunkReplica.State.READ_ONLY);
    assertThat(replica.load()).isEqualTo(new ChunkReplica.Load(9, 0, 100, 50));
    channel.disk.state = ChunkReplica.State.FAILED;
    assertThat(await(channel.node.disk("disk-1")))
        .isEqualTo(
            DiskHint.newBuilder()
                .setId("disk-1")
                .setState(2)
                .setRequestsInFlight(3)
                .setBytesInFlight(4)
                .setCapacityBytes(5)
                .setFreeBytes(6)
                .build());
  }

  @Test
  void route_ofAnotherPart_isAnswered() {
    Buffer answer =
        await(
            channel.node.call(
                HttpMethod.POST, "/v1/echo/a?q=b", Buffer.buffer("c"), Duration.ofSeconds(5)));

    assertThat(answer.toString()).isEqualTo("abc");
  }

  @Test
  void route_bodyOverItsLimit_isRefused() {
    assertThat(
            failure(
                channel.node.call(
                    HttpMethod.POST,
                    "/v1/echo/a?q=b",
                    Buffer.buffer(new byte[101]),
                    Duration.ofSeconds(5))))
        .isInstanceOf(StorageFailure.Unavailable.class)
        .hasMessageContaining("the body's length");
    assertThat(channel.server.requestsInFlight()).isZero();
  }

  @Test
  void route_notKnown_isRefused() {
    assertThat(
            failure(channel.node.call(HttpMethod.GET, "/v1/nothing", null, Duration.ofSeconds(5))))
        .isInstanceOf(StorageFailure.Unavailable.class)
        .hasMessageContaining("no such request");
  }
}
