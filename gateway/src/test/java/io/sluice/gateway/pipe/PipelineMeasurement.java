package io.sluice.gateway.pipe;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.gateway.checksum.NativeChecksums;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ETags;
import io.sluice.s3.checksum.StreamingChecksum;
import io.sluice.s3.checksum.StreamingChecksums;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.chunk.codec.ChunkBuffers;
import io.sluice.storage.chunk.codec.ChunkEncoder;
import io.sluice.storage.chunk.codec.Compression;
import io.sluice.storage.chunk.codec.ZstdWorkspaces;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Prints how fast the pieces of the upload are, beside the MD5 rate of a core that bounds them:
 * MD5, CRC64NVME, the encoder on noise and text, and whole uploads into a store that forgets.
 * Rounds are interleaved and the median is printed, because machines are shared.
 */
final class PipelineMeasurement {
  private static final int ROUNDS = 7;
  private static final int BODY_BYTES = 64 << 20;
  private static final ChunkId ID = ChunkId.of(0, 1, 1, 1);

  private final ChunkBuffers buffers = new ChunkBuffers(2);
  private final ComputePool compute =
      new ComputePool(Runtime.getRuntime().availableProcessors(), 1000);
  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private final NativeChecksums checksums = new NativeChecksums();
  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final byte[] noise = PipelineFixture.random(4 << 20, 1);
  private final byte[] text = text(4 << 20);

  private interface Round {
    /** Does some work and says how many bytes that was. */
    long run() throws Exception;
  }

  private record Measured(String name, Round round, List<Double> megabytesPerSecond) {}

  public static void main(String[] args) throws Exception {
    new PipelineMeasurement().run();
    System.exit(0);
  }

  private void run() throws Exception {
    List<Measured> all = new ArrayList<>();
    add(all, "MD5 of 4 MiB", () -> md5(noise, noise.length, 16));
    add(all, "MD5 of 16 KiB", () -> md5(noise, 16 << 10, 1000));
    add(all, "CRC64NVME in Java, 4 MiB", () -> crc64(noise.length, 16));
    add(all, "CRC64NVME in Java, 16 KiB", () -> crc64(16 << 10, 1000));
    for (String setting : new String[] {"off", "auto", "zstd:1"}) {
      add(all, "encode " + setting + ", noise", () -> encode(setting, noise));
      add(all, "encode " + setting + ", text", () -> encode(setting, text));
    }
    checksums.load();
    add(all, "upload, noise", () -> upload(noise, true));
    add(all, "upload, text", () -> upload(text, true));
    add(all, "upload, noise, no CRC64NVME", () -> upload(noise, false));
    for (int i = 0; i <= ROUNDS; i++) {
      for (Measured measured : all) {
        long start = System.nanoTime();
        long bytes = measured.round().run();
        double rate = bytes * 1000.0 / (System.nanoTime() - start);
        if (i > 0) { // the first warms up
          measured.megabytesPerSecond().add(rate);
        }
      }
    }
    for (Measured measured : all) {
      List<Double> rates = measured.megabytesPerSecond().stream().sorted().toList();
      System.out.printf(
          Locale.ROOT, "%-32s %8.0f MB/s%n", measured.name(), rates.get(rates.size() / 2));
    }
  }

  private static void add(List<Measured> all, String name, Round round) {
    all.add(new Measured(name, round, new ArrayList<>()));
  }

  private static long md5(byte[] data, int length, int times) {
    for (int i = 0; i < times; i++) {
      var md5 = ETags.newMd5();
      md5.update(data, 0, length);
      md5.digest();
    }
    return (long) length * times;
  }

  private long crc64(int length, int times) {
    for (int i = 0; i < times; i++) {
      StreamingChecksum crc = StreamingChecksums.jdk().start(ChecksumAlgorithm.CRC64NVME);
      crc.update(noise, 0, length);
      crc.value();
    }
    return (long) length * times;
  }

  private long encode(String setting, byte[] data) {
    Compression compression = Compression.parse(setting);
    try (ZstdWorkspaces workspaces = new ZstdWorkspaces(compression)) {
      ChunkEncoder encoder = new ChunkEncoder(new UUID(1, 1), compression, buffers, workspaces);
      for (int i = 0; i < 8; i++) {
        encoder.encode(ID, List.of(ByteBuffer.wrap(data))).release();
      }
    }
    return 8L * data.length;
  }

  private long upload(byte[] data, boolean crc) throws Exception {
    try (ZstdWorkspaces workspaces = new ZstdWorkspaces(Compression.DEFAULT)) {
      UploadPipeline pipeline =
          new UploadPipeline(
              new ForgetfulStore(),
              new ChunkEncoder(new UUID(1, 1), Compression.DEFAULT, buffers, workspaces),
              compute,
              new MemoryBudget(256 << 20),
              checksums,
              timers,
              new Random(1),
              new PipelineMeters(new SimpleMeterRegistry()),
              16 << 10);
      List<Buffer> pieces = new ArrayList<>();
      for (int at = 0; at < BODY_BYTES; at += 64 << 10) {
        pieces.add(Buffer.buffer(64 << 10).appendBytes(data, at % data.length, 64 << 10));
      }
      ScriptedBody body = new ScriptedBody(context, pieces);
      BodyTerms terms = BodyTerms.ofCopy(BODY_BYTES, crc ? ChecksumAlgorithm.CRC64NVME : null, 0);
      PipelineFixture.get(
          Future.future(
              promise ->
                  context.runOnContext(
                      ignored -> pipeline.upload(body, terms, context).onComplete(promise))));
    }
    return BODY_BYTES;
  }

  private static byte[] text(int length) {
    byte[] words =
        "SELECT name, size FROM objects WHERE bucket = 'logs' ORDER BY name\n"
            .getBytes(StandardCharsets.US_ASCII);
    byte[] text = new byte[length];
    Random random = new Random(1);
    for (int i = 0; i < length; i++) {
      text[i] =
          random.nextInt(12) == 0 ? (byte) ('a' + random.nextInt(26)) : words[i % words.length];
    }
    return text;
  }

  /** Takes every chunk and keeps none. */
  private static final class ForgetfulStore implements ChunkStore {
    @Override
    public ChunkId allocate(long routingKey) {
      return ID;
    }

    @Override
    public Future<Void> write(EncodedChunk chunk) {
      chunk.release();
      return Future.succeededFuture();
    }

    @Override
    public Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount) {
      return Future.failedFuture(new UnsupportedOperationException());
    }
  }
}
