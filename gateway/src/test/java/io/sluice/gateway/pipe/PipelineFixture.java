package io.sluice.gateway.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.gateway.placement.FakeReplica;
import io.sluice.gateway.placement.RepairBacklog;
import io.sluice.gateway.placement.ReplicatedChunkStore;
import io.sluice.gateway.placement.RoundRobin;
import io.sluice.s3.RequestHead;
import io.sluice.s3.auth.PayloadSigning;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ContentMd5;
import io.sluice.s3.checksum.DeclaredChecksum;
import io.sluice.s3.checksum.StreamingChecksums;
import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.codec.ChunkBuffers;
import io.sluice.storage.chunk.codec.ChunkEncoder;
import io.sluice.storage.chunk.codec.Compression;
import io.sluice.storage.chunk.codec.FrameDecoder;
import io.sluice.storage.chunk.codec.ZstdWorkspaces;
import io.sluice.testkit.loops.BlockedLoops;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Both pipelines over one replica in memory. Closing it asserts that nothing was left behind. */
final class PipelineFixture implements AutoCloseable {
  static final int INLINE_MAX = 16 << 10;

  final Vertx vertx = Vertx.vertx();
  final Context context = vertx.getOrCreateContext();
  final ScheduledExecutorService timers = ((VertxInternal) vertx).nettyEventLoopGroup();
  final FakeReplica replica = new FakeReplica("r0");
  final ChunkBuffers buffers = new ChunkBuffers(2);
  final ZstdWorkspaces workspaces = new ZstdWorkspaces(Compression.DEFAULT);
  final ComputePool compute = new ComputePool(2, 1000);
  final MemoryBudget uploads;
  final MemoryBudget downloads;
  final ChunkStore store;
  final UploadPipeline upload;
  final DownloadPipeline download;

  PipelineFixture() {
    this(64 << 20, Duration.ofHours(6));
  }

  PipelineFixture(long budgetBytes, Duration downloadLimit) {
    uploads = new MemoryBudget(budgetBytes);
    downloads = new MemoryBudget(budgetBytes);
    Layout layout = new Layout(1, 1, Collections.nCopies(Layout.PARTITIONS, List.of("r0")));
    RoundRobin policy = new RoundRobin();
    store =
        new ReplicatedChunkStore(
            () -> layout,
            id -> replica,
            () -> policy,
            new RepairBacklog(10),
            ReplicatedChunkStore.Deadlines.DEFAULT,
            timers,
            InstantSource.system(),
            new Random(1));
    ChunkEncoder encoder =
        new ChunkEncoder(new UUID(1, 1), Compression.DEFAULT, buffers, workspaces);
    upload =
        new UploadPipeline(
            store,
            encoder,
            compute,
            uploads,
            StreamingChecksums.jdk(),
            timers,
            new Random(2),
            new PipelineMeters(new SimpleMeterRegistry()),
            INLINE_MAX);
    download =
        new DownloadPipeline(
            store,
            new FrameDecoder(buffers, workspaces),
            compute,
            downloads,
            timers,
            downloadLimit);
    BlockedLoops.watch(vertx);
  }

  Future<UploadedBody> upload(ScriptedBody body, BodyTerms terms) {
    return Future.future(
        promise ->
            context.runOnContext(
                ignored -> upload.upload(body, terms, context).onComplete(promise)));
  }

  UploadedBody put(byte[] bytes, int pieceMax, Random random) throws Exception {
    ScriptedBody body = new ScriptedBody(context, ScriptedBody.split(bytes, pieceMax, random));
    return get(upload(body, terms(bytes.length, Map.of())));
  }

  byte[] read(UploadedBody body, long from, long length) throws Exception {
    Content content =
        Content.ofPart(
            body.toPart(), body.inline() == null ? ByteString.EMPTY : body.inline(), from, length);
    CollectingSink sink = new CollectingSink();
    get(send(content, sink));
    return sink.bytes();
  }

  Future<Void> send(Content content, CollectingSink sink) {
    return Future.future(
        promise ->
            context.runOnContext(
                ignored ->
                    download
                        .open(content, context)
                        .compose(opened -> opened.sendTo(sink))
                        .onComplete(promise)));
  }

  static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  static Throwable failure(Future<?> future) {
    if (!future.isComplete()) {
      await().until(future::isComplete);
    }
    assertThat(future.failed()).isTrue();
    return future.cause();
  }

  static BodyTerms terms(long length, Map<String, String> headers) {
    Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    all.putAll(headers);
    all.put("content-length", Long.toString(length));
    return terms(all);
  }

  static BodyTerms terms(Map<String, String> headers) {
    RequestHead head = new Head(headers);
    return BodyTerms.of(
        head,
        PayloadSigning.ofAnonymous(head),
        ContentMd5.parse(head),
        DeclaredChecksum.parse(head),
        ChecksumAlgorithm.CRC64NVME,
        0);
  }

  static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Override
  public void close() throws Exception {
    replica.mood = FakeReplica.Mood.WELL;
    replica.answerAll();
    await()
        .untilAsserted(
            () -> {
              assertThat(uploads.usedBytes()).isZero();
              assertThat(uploads.members()).isZero();
              assertThat(downloads.usedBytes()).isZero();
              assertThat(downloads.members()).isZero();
              assertThat(buffers.usedBytes()).isZero();
            });
    compute.close();
    workspaces.close();
    get(vertx.close());
  }

  /** Header fields without a request. */
  private record Head(Map<String, String> fields) implements RequestHead {
    @Override
    public String method() {
      return "PUT";
    }

    @Override
    public String rawPath() {
      return "/b/k";
    }

    @Override
    public String rawQuery() {
      return "";
    }

    @Override
    public @Nullable String header(String name) {
      return fields.get(name);
    }

    @Override
    public List<String> headers(String name) {
      String value = fields.get(name);
      return value == null ? List.of() : List.of(value);
    }

    @Override
    public Iterable<Map.Entry<String, String>> headers() {
      return fields.entrySet();
    }
  }
}
