package io.sluice.cluster.channel;

import static io.sluice.cluster.channel.ChannelFixture.await;
import static io.sluice.cluster.channel.ChannelFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.cluster.secret.NodeCertificates;
import io.sluice.storage.StorageFailure;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  private static final Duration LIMIT = Duration.ofSeconds(15);

  @TempDir Path temporary;
  private final ChannelFixture channel = new ChannelFixture();
  private final Random random = new Random(3);
  private Path from;
  private Path to;

  @BeforeEach
  void directories() throws IOException {
    from = Files.createDirectory(temporary.resolve("from"));
    to = Files.createDirectory(temporary.resolve("to"));
    channel.checkpoints = shard -> Future.succeededFuture(from);
  }

  @AfterEach
  void close() {
    channel.close();
  }

  private void file(String name, int length) throws IOException {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    Files.write(from.resolve(name), bytes);
  }

  private static Map<String, ByteBuffer> content(Path directory) throws IOException {
    Map<String, ByteBuffer> files = new TreeMap<>();
    try (Stream<Path> listed = Files.list(directory)) {
      for (Path file : listed.toList()) {
        files.put(file.getFileName().toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
      }
    }
    return files;
  }

  @Test
  void fetch_allFilesArrive_andTheCopyIsDeleted() throws IOException {
    file("CURRENT", 17);
    file("empty", 0);
    file("000012.sst", (5 << 20) + 3);
    file("MANIFEST-000005", 256 << 10);
    for (int i = 0; i < 50; i++) {
      file("small-" + i, i);
    }
    Map<String, ByteBuffer> expected = content(from);

    await(channel.node.fetchCheckpoint(2, to, LIMIT));

    assertThat(content(to)).isEqualTo(expected);
    await().until(() -> Files.notExists(from));
    await().until(() -> channel.server.requestsInFlight() == 0);
  }

  @Test
  void fetch_noFiles_isAnEmptyCopy() throws IOException {
    await(channel.node.fetchCheckpoint(2, to, LIMIT));

    assertThat(content(to)).isEmpty();
  }

  @Test
  void fetch_directoryThatIsNotEmpty_isRefusedAndKept() throws IOException {
    file("a", 10);
    Files.writeString(to.resolve("there"), "x");

    assertThat(failure(channel.node.fetchCheckpoint(2, to, LIMIT)))
        .isInstanceOf(StorageFailure.Unavailable.class)
        .hasMessageContaining("is not empty");
    assertThat(content(to)).containsOnlyKeys("there");
    assertThat(channel.node.isReachable()).isTrue();
  }

  @Test
  void fetch_fromAPeerThatDoesNotLead_saysWhoDoes() {
    channel.checkpoints = shard -> Future.failedFuture(new StorageFailure.NotLeader(shard, "b"));

    assertThat(failure(channel.node.fetchCheckpoint(2, to, LIMIT)))
        .isInstanceOfSatisfying(
            StorageFailure.NotLeader.class,
            notLeader -> assertThat(notLeader.leader()).isEqualTo("b"));
  }

  @Test
  void fetch_directoryInside_isNotSent() throws IOException {
    Files.createDirectory(from.resolve("inside"));

    assertThat(failure(channel.node.fetchCheckpoint(2, to, LIMIT)))
        .isInstanceOf(StorageFailure.Unavailable.class);
  }

  @Test
  void fetch_serverGoneInTheMiddle_leavesNothing() throws IOException {
    file("a", 300_000);
    byte[] half = Arrays.copyOf(stream(), 150_000);
    NetServerOptions options = new NetServerOptions();
    NodeCertificates certificates = ChannelFixture.certificates(ChannelFixture.SECRET, "fake");
    options
        .setSsl(true)
        .setKeyCertOptions(certificates.keyCertOptions())
        .setTrustOptions(certificates.trustOptions());
    NetServer server =
        await(
            channel
                .vertx
                .createNetServer(options)
                .connectHandler(
                    socket ->
                        socket.handler(
                            request ->
                                socket
                                    .write(
                                        Buffer.buffer(
                                                "HTTP/1.1 200 OK\r\ncontent-length: 400000\r\n\r\n")
                                            .appendBytes(half))
                                    .onComplete(sent -> socket.close())))
                .listen(0, "127.0.0.1"));
    RemoteNode fake = channel.client.node("fake", () -> "127.0.0.1:" + server.actualPort());

    assertThat(failure(fake.fetchCheckpoint(2, to, LIMIT)))
        .isInstanceOf(StorageFailure.Unavailable.class);
    assertThat(content(to)).isEmpty();
  }

  private byte[] stream() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (CheckpointReader reader = new CheckpointReader(from)) {
      for (ByteBuffer block = reader.next(); block != null; block = reader.next()) {
        byte[] bytes = new byte[block.remaining()];
        block.get(bytes);
        all.writeBytes(bytes);
      }
    }
    return all.toByteArray();
  }

  private void write(byte[] bytes) throws IOException {
    try (CheckpointWriter writer = new CheckpointWriter(to)) {
      for (int at = 0; at < bytes.length; at += 7) {
        writer.accept(ByteBuffer.wrap(bytes, at, Math.min(7, bytes.length - at)));
      }
      writer.complete();
    }
  }

  @Test
  void write_anyCut_isTheSame() throws IOException {
    file("a", 1000);
    file("b", 1);

    write(stream());

    assertThat(content(to)).isEqualTo(content(from));
  }

  @Test
  void write_truncatedAnywhere_failsAndLeavesNothing() throws IOException {
    file("a", 20);
    byte[] whole = stream();

    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> write(part)).isInstanceOf(IOException.class);
      assertThat(content(to)).isEmpty();
    }
  }

  @Test
  void write_flippedBit_fails() throws IOException {
    file("a", 20);
    byte[] whole = stream();

    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= 0x40;
      boolean inName = i == 6;
      if (!inName) {
        assertThatThrownBy(() -> write(damaged)).isInstanceOf(IOException.class);
        assertThat(content(to)).isEmpty();
      }
    }
  }

  @Test
  void write_namesThatLeadElsewhere_areRefused() throws IOException {
    for (String name : new String[] {"../evil", "..", ".", "/etc/evil", "a/b", ".hidden", "a\\b"}) {
      byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
      ByteBuffer stream = ByteBuffer.allocate(100);
      stream.putInt(CheckpointFormat.MAGIC).putShort((short) bytes.length).put(bytes).putLong(0);
      stream.putInt(0).putShort((short) 0).putInt(1).flip();
      byte[] all = new byte[stream.remaining()];
      stream.get(all);

      assertThatThrownBy(() -> write(all)).isInstanceOf(IOException.class);
    }
    assertThat(content(to)).isEmpty();
    assertThat(temporary.resolve("evil")).doesNotExist();
  }
}
