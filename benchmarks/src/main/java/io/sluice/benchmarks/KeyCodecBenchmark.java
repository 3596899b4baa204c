package io.sluice.benchmarks;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.storage.proto.LogPosition;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Keys of metadata rows, made and read. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KeyCodecBenchmark {
  private static final String UPLOAD_ID = "0123456789abcdef0123456789abcdef";

  private long bucketId = 4711;
  private ByteString key = ByteString.copyFromUtf8("photos/2026/november/holiday 001.jpg");
  private LogPosition position = LogPosition.newBuilder().setEpoch(1).setIndex(1_234_567).build();
  private byte[] objectRow = KeyCodec.object(bucketId, key);
  private byte[] positionRow = KeyCodec.position(position);

  @Benchmark
  public byte[] object() {
    return KeyCodec.object(bucketId, key);
  }

  @Benchmark
  public ByteString objectKeyIn() {
    return KeyCodec.objectKeyIn(objectRow);
  }

  @Benchmark
  public byte[] uploadPart() {
    return KeyCodec.uploadPart(bucketId, key, UPLOAD_ID, 10_000);
  }

  @Benchmark
  public byte[] position() {
    return KeyCodec.position(position);
  }

  @Benchmark
  public LogPosition positionIn() {
    return KeyCodec.positionIn(positionRow);
  }
}
