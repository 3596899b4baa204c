package io.sluice.benchmarks;

import static java.util.Objects.requireNonNull;

import io.sluice.s3.auth.CachedSigningKeys;
import io.sluice.s3.auth.Credentials;
import io.sluice.s3.auth.OutgoingRequest;
import io.sluice.s3.auth.RequestSigner;
import io.sluice.s3.auth.SignatureVerifier;
import io.sluice.s3.auth.SignedRequest;
import io.sluice.s3.auth.SigningKeys;
import io.sluice.s3.auth.VerifiedRequest;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Signature V4 of a PUT as the AWS SDK sends it: read from its headers, then verified. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SignatureBenchmark {
  private static final String REGION = "us-east-1";
  private static final String SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  private static final Credentials CREDENTIALS = new Credentials("AKIAIOSFODNN7EXAMPLE", SECRET);
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  private final SignatureVerifier cached = new SignatureVerifier(REGION, new CachedSigningKeys(16));
  private final SignatureVerifier derived = new SignatureVerifier(REGION, SigningKeys.derived());
  private final OutgoingRequest request = signedPut();

  private static OutgoingRequest signedPut() {
    OutgoingRequest put =
        new OutgoingRequest("PUT", "/photos/2026/november/holiday%20001.jpg", "x-id=PutObject")
            .add("Host", "127.0.0.1:9000")
            .add("User-Agent", "aws-sdk-java/2.54.3 md/io#sync md/http#Apache")
            .add("amz-sdk-invocation-id", "2b1b7b1e-6a3e-4a3f-9d6c-1f0e5b1c2d3e")
            .add("amz-sdk-request", "attempt=1; max=3")
            .add("Content-Type", "image/jpeg")
            .add("Content-Length", "65536")
            .add("x-amz-checksum-crc32", "AAAAAA==");
    new RequestSigner(CREDENTIALS, REGION, SigningKeys.derived())
        .sign(put, "UNSIGNED-PAYLOAD", NOW);
    return put;
  }

  @Benchmark
  public VerifiedRequest verify_keyInCache() {
    return cached.verify(requireNonNull(SignedRequest.parse(request)), SECRET, NOW);
  }

  @Benchmark
  public VerifiedRequest verify_keyDerived() {
    return derived.verify(requireNonNull(SignedRequest.parse(request)), SECRET, NOW);
  }
}
