package io.sluice.gateway.pipe;

import static io.sluice.gateway.pipe.PipelineFixture.failure;
import static io.sluice.gateway.pipe.PipelineFixture.get;
import static io.sluice.gateway.pipe.PipelineFixture.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.sluice.gateway.call.ClientGoneException;
import io.sluice.gateway.placement.FakeReplica;
import io.sluice.storage.StorageFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DownloadPipelineTest {
  private PipelineFixture fixture = new PipelineFixture();

  @AfterEach
  void nothingIsLeftBehind() throws Exception {
    fixture.close();
  }

  @Test
  void send_anyRange_isThatRange() throws Exception {
    byte[] bytes = mixed(9_000_000);
    UploadedBody body = fixture.put(bytes, 200_000, new Random(1));
    Random random = new Random(7);
    for (int i = 0; i < 20; i++) {
      int from = random.nextInt(bytes.length);
      int length = 1 + random.nextInt(bytes.length - from);
      assertThat(fixture.read(body, from, length))
          .isEqualTo(Arrays.copyOfRange(bytes, from, from + length));
    }
  }

  @Test
  void send_smallRange_readsOnlyItsChunk() throws Exception {
    UploadedBody body = fixture.put(random(9_000_000, 2), 200_000, new Random(1));
    fixture.replica.reads.set(0);
    fixture.read(body, 5_000_000, 10);
    assertThat(fixture.replica.reads).hasValue(1);
  }

  @Test
  void send_slowClient_readsOnlyAWindowAhead() throws Exception {
    byte[] bytes = random(20_000_000, 2);
    UploadedBody body = fixture.put(bytes, 200_000, new Random(1));
    fixture.replica.reads.set(0);
    CollectingSink sink = new CollectingSink().slow();
    Future<Void> sending = fixture.send(content(body), sink);
    await().until(() -> onLoop(sink::waiting) == 2);
    assertThat(fixture.downloads.usedBytes()).isLessThanOrEqualTo(4 << 20);
    assertThat(fixture.replica.reads.get()).isLessThanOrEqualTo(4);
    while (!sending.isComplete() || onLoop(sink::waiting) > 0) {
      onLoop(
          () -> {
            sink.takeOne();
            return 0;
          });
    }
    get(sending);
    assertThat(sink.bytes()).isEqualTo(bytes);
  }

  /** Vert.x' queue takes 64 messages before it says that it is full: 16 MiB of ours. */
  @Test
  void send_slowClientBehindALongQueue_isGivenOnlyAFewReads() throws Exception {
    byte[] bytes = random(20_000_000, 2);
    UploadedBody body = fixture.put(bytes, 200_000, new Random(1));
    CollectingSink sink = new CollectingSink().slow().patient();
    Future<Void> sending = fixture.send(content(body), sink);
    await().until(() -> onLoop(sink::waiting) > 0);
    await()
        .during(Duration.ofMillis(300))
        .until(() -> fixture.downloads.usedBytes() <= 6 << 20 && !sending.isComplete());
    while (!sending.isComplete() || onLoop(sink::waiting) > 0) {
      onLoop(
          () -> {
            sink.takeOne();
            return 0;
          });
    }
    get(sending);
    assertThat(sink.bytes()).isEqualTo(bytes);
  }

  @Test
  void send_clientGone_stopsAndReleases() throws Exception {
    UploadedBody body = fixture.put(random(20_000_000, 2), 200_000, new Random(1));
    CollectingSink sink = new CollectingSink().slow();
    Future<Void> sending = fixture.send(content(body), sink);
    await().until(() -> onLoop(sink::waiting) == 2);
    onLoop(
        () -> {
          sink.breaks();
          return 0;
        });
    assertThat(failure(sending)).isInstanceOf(ClientGoneException.class);
  }

  @Test
  void copy_largeAndEmpty_areTheSameBytes() throws Exception {
    byte[] bytes = mixed(20_000_000);
    UploadedBody source = fixture.put(bytes, 200_000, new Random(1));
    UploadedBody copy = get(copy(content(source)));
    assertThat(copy.md5()).isEqualTo(source.md5());
    assertThat(fixture.read(copy, 0, bytes.length)).isEqualTo(bytes);
    UploadedBody empty = fixture.put(new byte[0], 10, new Random(1));
    assertThat(get(copy(content(empty))).size()).isZero();
  }

  @Test
  void copy_targetUnavailableOrSourceDamaged_failsAndReleases() throws Exception {
    UploadedBody source = fixture.put(random(30_000_000, 1), 200_000, new Random(1));
    fixture.replica.failNextWrites.set(1000);
    assertThat(failure(copy(content(source)))).isInstanceOf(StorageFailure.Unavailable.class);
    fixture.replica.failNextWrites.set(0);
    fixture.replica.damaged = true;
    assertThat(failure(copy(content(source)))).isInstanceOf(StorageFailure.ChunkDamaged.class);
  }

  private Future<UploadedBody> copy(Content source) {
    CopyPipeline copies = new CopyPipeline(fixture.download, fixture.upload);
    Promise<UploadedBody> done = Promise.promise();
    fixture.context.runOnContext(
        ignored -> copies.copy(source, null, 0, fixture.context).onComplete(done));
    return done.future();
  }

  @Test
  void open_chunkGone_failsBeforeAnythingIsSent() throws Exception {
    UploadedBody body = fixture.put(random(100_000, 2), 200_000, new Random(1));
    fixture.replica.records().clear();
    CollectingSink sink = new CollectingSink();
    assertThat(failure(fixture.send(content(body), sink)))
        .isInstanceOf(StorageFailure.ChunkNotFound.class);
    assertThat(sink.size()).isZero();
  }

  @Test
  void send_chunkDamagedInMidStream_failsAfterAPart() throws Exception {
    UploadedBody body = fixture.put(random(20_000_000, 2), 200_000, new Random(1));
    CollectingSink sink = new CollectingSink().slow();
    Future<Void> sending = fixture.send(content(body), sink);
    await().until(() -> onLoop(sink::waiting) == 2);
    fixture.replica.damaged = true;
    while (!sending.isComplete()) {
      onLoop(
          () -> {
            sink.takeOne();
            return 0;
          });
    }
    assertThat(failure(sending)).isInstanceOf(StorageFailure.ChunkDamaged.class);
    onLoop(
        () -> {
          sink.breaks();
          return 0;
        });
  }

  @Test
  void send_objectShorterThanItsRow_fails() throws Exception {
    UploadedBody body = fixture.put(random(300_000, 2), 200_000, new Random(1));
    Content content = Content.ofPart(body.toPart(), ByteString.EMPTY, 0, 300_001);
    assertThat(failure(fixture.send(content, new CollectingSink())))
        .isInstanceOf(StorageFailure.ChunkDamaged.class);
  }

  @Test
  void send_longerThanTheLimit_isEnded() throws Exception {
    fixture.close();
    fixture = new PipelineFixture(64 << 20, Duration.ofMillis(50));
    UploadedBody body = fixture.put(random(20_000_000, 2), 200_000, new Random(1));
    CollectingSink sink = new CollectingSink().slow();
    assertThat(failure(fixture.send(content(body), sink))).hasMessageContaining("too long");
    onLoop(
        () -> {
          sink.breaks();
          return 0;
        });
  }

  @Test
  void cancel_readsUnderWay_lateBytesAreReleased() throws Exception {
    UploadedBody body = fixture.put(random(5_000_000, 2), 200_000, new Random(1));
    fixture.replica.mood = FakeReplica.Mood.STALLED;
    Future<Download> opening =
        Future.future(
            promise ->
                fixture.context.runOnContext(
                    ignored ->
                        fixture
                            .download
                            .open(content(body), fixture.context)
                            .onSuccess(d -> d.cancel(new IllegalStateException("gone")))
                            .onComplete(promise)));
    await().until(() -> fixture.replica.stalledRequests() == 2);
    fixture.replica.mood = FakeReplica.Mood.WELL;
    fixture.replica.answerAll();
    get(opening);
  }

  @Test
  void send_overHttp_pooledBuffersArriveWholeAndAreReleased() throws Exception {
    byte[] bytes = mixed(12_000_000);
    UploadedBody body = fixture.put(bytes, 200_000, new Random(1));
    HttpServer server = fixture.vertx.createHttpServer();
    server.requestHandler(
        request -> {
          HttpServerResponse response = request.response();
          response.putHeader("content-length", Integer.toString(bytes.length));
          fixture
              .download
              .open(content(body), fixture.vertx.getOrCreateContext())
              .compose(opened -> opened.sendTo(response))
              .onSuccess(done -> response.end());
        });
    int port = get(server.listen(0, "127.0.0.1")).actualPort();
    HttpClient client = fixture.vertx.createHttpClient();
    byte[] received =
        get(client
                .request(HttpMethod.GET, port, "127.0.0.1", "/")
                .compose(request -> request.send())
                .compose(HttpClientResponse::body))
            .getBytes();
    assertThat(received).isEqualTo(bytes);
    get(client.close());
  }

  private Content content(UploadedBody body) {
    return Content.ofPart(body.toPart(), ByteString.EMPTY, 0, body.size());
  }

  private <T> T onLoop(Callable<T> task) throws Exception {
    return get(
        Future.<T>future(
            promise ->
                fixture.context.runOnContext(
                    ignored -> {
                      try {
                        promise.complete(task.call());
                      } catch (Exception e) {
                        promise.fail(e);
                      }
                    })));
  }

  /** Half noise, half text: chunks of both kinds. */
  private static byte[] mixed(int length) {
    byte[] bytes = random(length, 5);
    for (int i = length / 2; i < length; i++) {
      bytes[i] = (byte) ('a' + bytes[i] % 3);
    }
    return bytes;
  }
}
