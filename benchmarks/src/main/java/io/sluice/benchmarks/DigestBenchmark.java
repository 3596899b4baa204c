package io.sluice.benchmarks;

import io.sluice.gateway.checksum.NativeChecksums;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.s3.checksum.StreamingChecksum;
import io.sluice.s3.checksum.StreamingChecksums;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Digests of 1 MiB, a slice of an upload, in the direct memory that it comes in. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DigestBenchmark {
  private static final byte[] PLAIN = SampleBytes.random(1 << 20);

  private final ByteBuffer slice = ByteBuffer.allocateDirect(PLAIN.length).put(PLAIN).flip();
  private final StreamingChecksums jdk = StreamingChecksums.jdk();
  private final NativeChecksums library = new NativeChecksums();

  @Setup
  public void load() {
    if (!library.load()) {
      throw new IllegalStateException("no native checksums on this machine");
    }
  }

  @Benchmark
  public byte[] md5() throws NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("MD5");
    digest.update(slice.duplicate());
    return digest.digest();
  }

  @Benchmark
  public ChecksumValue sha256() {
    return value(jdk.start(ChecksumAlgorithm.SHA256));
  }

  @Benchmark
  public ChecksumValue crc32c() {
    return value(jdk.start(ChecksumAlgorithm.CRC32C));
  }

  @Benchmark
  public ChecksumValue crc64nvme_native() {
    return value(library.start(ChecksumAlgorithm.CRC64NVME));
  }

  @Benchmark
  public ChecksumValue crc64nvme_java() {
    return value(jdk.start(ChecksumAlgorithm.CRC64NVME));
  }

  private ChecksumValue value(StreamingChecksum checksum) {
    checksum.update(slice.duplicate());
    return checksum.value();
  }
}
