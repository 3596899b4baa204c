package io.sluice.cluster.channel;

import static io.sluice.cluster.channel.ChannelFixture.await;
import static io.sluice.cluster.channel.ChannelFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.cluster.secret.NodeCertificates;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections that end, requests that are too large, and limits that are reached. */
class HalfwayTest {
  private static final int RECORD = 4 << 20;
  private static final ServerLimits NARROW =
      new ServerLimits(2, 9L << 20, 1 << 20, Duration.ofSeconds(1), Duration.ofSeconds(90), 1);

  private final ChannelFixture channel =
      new ChannelFixture(NARROW, ChannelFixture.IMPATIENT, List.of());

  @AfterEach
  void close() {
    channel.close();
  }

  /** A connection of which every byte is in the test's hands. */
  private SSLSocket raw() throws Exception {
    NodeCertificates certificates = ChannelFixture.certificates(ChannelFixture.SECRET, "raw");
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(
        new KeyManager[] {certificates.keyManager()},
        new TrustManager[] {certificates.trustManager()},
        null);
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", channel.port);
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static void send(SSLSocket socket, String head, int bodyBytes) throws Exception {
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(new byte[bodyBytes]);
    socket.getOutputStream().flush();
  }

  private static String put(long length) {
    return "PUT /v1/disks/disk-1/chunks HTTP/1.1\r\nhost: x\r\nx-sluice-layout: 1\r\ncontent-length: "
        + length
        + "\r\n\r\n";
  }

  private void serverIsIdle() {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> channel.server.requestsInFlight() == 0 && channel.server.bytesInFlight() == 0);
  }

  @Test
  void put_clientGoneHalfWay_storesNothingAndHoldsNothing() throws Exception {
    try (SSLSocket socket = raw()) {
      send(socket, put(RECORD), RECORD / 2);
      await().until(() -> channel.server.bytesInFlight() > 0);
    }

    serverIsIdle();
    assertThat(channel.disk.writes).hasValue(0);
  }

  @Test
  void put_bodyThatStops_isCutOff() throws Exception {
    try (SSLSocket socket = raw()) {
      send(socket, put(RECORD), 100);

      socket.getInputStream().readAllBytes();
      serverIsIdle();
    }
    assertThat(channel.disk.writes).hasValue(0);
  }

  @Test
  void put_largerThanARecord_isRefusedUnread() throws Exception {
    try (SSLSocket socket = raw()) {
      send(socket, put(RECORD + 100_000), 0);

      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 400");
    }
    serverIsIdle();
  }

  @Test
  void put_bodyWithoutLength_isRefused() throws Exception {
    try (SSLSocket socket = raw()) {
      send(
          socket,
          put(1).replace("content-length: 1", "transfer-encoding: chunked") + "1\r\nx\r\n",
          0);

      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 400");
    }
  }

  @Test
  void put_garbage_isDamaged() throws Exception {
    try (SSLSocket socket = raw()) {
      send(socket, put(1000).replace("host: x", "host: x\r\nconnection: close"), 1000);

      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 503")
          .contains("a record arrived that is none");
    }
    serverIsIdle();
  }

  @Test
  void write_moreThanTheServerTakes_isUnavailableAndGoesOnLater() {
    channel.disk.holds = true;
    List<EncodedChunk> chunks = new ArrayList<>();
    List<Future<Void>> writes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      chunks.add(Chunks.chunk(1, i, RECORD));
      writes.add(channel.replica.write(chunks.get(i), 1));
    }
    await().until(() -> channel.disk.held.size() == 2);
    chunks.add(Chunks.chunk(1, 9, RECORD));

    assertThat(failure(channel.replica.write(chunks.get(2), 1)))
        .isInstanceOf(StorageFailure.Unavailable.class)
        .hasMessage("the node is busy");
    assertThat(await(channel.node.identity(Duration.ofSeconds(20))).getName())
        .as("busy, and alive")
        .isEqualTo("server");
    channel.disk.holds = false;
    channel.disk.held.forEach(held -> held.complete());
    await(Future.all(writes));
    serverIsIdle();
    await(channel.replica.write(chunks.get(2), 1));
    for (EncodedChunk chunk : chunks) {
      assertThat(chunk.refCnt()).isEqualTo(1);
      chunk.release();
    }
  }

  @Test
  void write_moreThanMayBeOnItsWay_isRefusedHere() {
    ClientLimits small =
        new ClientLimits(
            4,
            4,
            5 << 20,
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            1 << 20,
            3,
            Duration.ofMillis(100));
    InternalClient client =
        new InternalClient(
            channel.vertx, ChannelFixture.certificates(ChannelFixture.SECRET, "small"), small);
    ChunkReplica replica =
        client.node("server", () -> "127.0.0.1:" + channel.port).replica("disk-1", () -> null);
    channel.disk.holds = true;
    EncodedChunk chunk = Chunks.chunk(1, 1, RECORD);
    Future<Void> first = replica.write(chunk, 1);

    assertThat(failure(replica.write(chunk, 1)))
        .isInstanceOf(StorageFailure.Unavailable.class)
        .hasMessageContaining("too much is on its way");
    assertThat(replica.load().bytesInFlight()).isEqualTo(chunk.record().readableBytes());
    await().until(() -> !channel.disk.held.isEmpty());
    channel.disk.held.forEach(held -> held.complete());
    await(first);
    await(client.close());
    chunk.release();
  }

  @Test
  void write_noAnswerInTime_givesTheBufferBack() {
    channel.disk.holds = true;
    EncodedChunk chunk = Chunks.chunk(1, 1, RECORD);

    assertThat(failure(channel.replica.write(chunk, 1)))
        .isInstanceOf(StorageFailure.Unavailable.class)
        .hasMessageContaining("did not answer in time");
    await().until(() -> chunk.refCnt() == 1);
    chunk.release();
    channel.disk.held.forEach(held -> held.complete());
    serverIsIdle();
  }

  /** Accepts connections of nodes, reads a little, and does what it is told. */
  private NetServer otherServer(io.vertx.core.Handler<NetSocket> onData) {
    NetServerOptions options = new NetServerOptions();
    NodeCertificates certificates = ChannelFixture.certificates(ChannelFixture.SECRET, "fake");
    options
        .setSsl(true)
        .setKeyCertOptions(certificates.keyCertOptions())
        .setTrustOptions(certificates.trustOptions());
    return await(
        channel
            .vertx
            .createNetServer(options)
            .connectHandler(socket -> socket.handler(data -> onData.handle(socket)))
            .listen(0, "127.0.0.1"));
  }

  @Test
  void write_serverGoneHalfWay_isUnavailableAndGivesTheBufferBack() {
    NetServer server = otherServer(NetSocket::close);
    ChunkReplica replica =
        channel
            .client
            .node("fake", () -> "127.0.0.1:" + server.actualPort())
            .replica("disk-1", () -> null);
    EncodedChunk chunk = Chunks.chunk(1, 1, RECORD);

    assertThat(failure(replica.write(chunk, 1))).isInstanceOf(StorageFailure.Unavailable.class);
    await().until(() -> chunk.refCnt() == 1);
    chunk.release();
  }

  @Test
  void read_serverGoneInTheMiddleOfTheAnswer_isUnavailable() {
    NetServer server =
        otherServer(
            socket ->
                socket
                    .write(
                        Buffer.buffer("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
                            .appendBytes(new byte[500_000]))
                    .onComplete(sent -> socket.close()));
    ChunkReplica replica =
        channel
            .client
            .node("fake", () -> "127.0.0.1:" + server.actualPort())
            .replica("disk-1", () -> null);
    EncodedChunk chunk = Chunks.chunk(1, 1, 10);

    assertThat(failure(replica.read(chunk.header().id(), 0, 4)))
        .isInstanceOf(StorageFailure.Unavailable.class);
    chunk.release();
  }

  @Test
  void read_clientGone_releasesTheFrames() throws Exception {
    EncodedChunk chunk = Chunks.chunk(1, 1, RECORD);
    await(channel.replica.write(chunk, 1));
    String get =
        "GET /v1/disks/disk-1/chunks/"
            + chunk.header().id()
            + "?first=0&count=16 HTTP/1.1\r\nhost: x\r\n\r\n";
    try (SSLSocket socket = raw()) {
      // More than the sockets' buffers take.
      send(socket, get.repeat(16), 0);
      await().until(() -> channel.server.bytesInFlight() > 0);
    }

    serverIsIdle();
    chunk.release();
  }
}
