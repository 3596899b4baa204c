package io.sluice.benchmarks;

import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Response;
import io.sluice.s3.S3Router;
import io.sluice.s3.auth.OutgoingRequest;
import io.sluice.s3.op.ListObjectsV2Input;
import io.sluice.s3.op.ListObjectsV2Output;
import io.sluice.s3.op.ListedObject;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The router on a plain and on a special request, and the XML of a page of 1,000 keys. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ProtocolBenchmark {
  private final S3Router router = new S3Router("s3.example.com");
  private final OutgoingRequest get = request("GET", "");
  private final OutgoingRequest uploadPart = request("PUT", "partNumber=7&uploadId=0123456789ab");
  private final ListObjectsV2Output page = page();

  private static OutgoingRequest request(String method, String query) {
    return new OutgoingRequest(method, "/photos/2026/november/holiday%20001.jpg", query)
        .add("Host", "s3.example.com")
        .add("Content-Length", "65536");
  }

  private static ListObjectsV2Output page() {
    List<ListedObject> objects =
        IntStream.range(0, 1_000)
            .mapToObj(
                i ->
                    new ListedObject(
                        String.format("photos/2026/november/holiday %05d.jpg", i),
                        Instant.ofEpochMilli(1_790_000_000_000L + i),
                        "9b2cf535f27731c974343645a3985328",
                        65_536,
                        "STANDARD",
                        null,
                        null))
            .toList();
    return new ListObjectsV2Output(
        new ListObjectsV2Input("photos", "", null, null, null, 1_000, false, false),
        objects,
        List.of(),
        "photos/2026/november/holiday 00999.jpg");
  }

  @Benchmark
  public RoutedRequest route_getObject() {
    return router.route(get);
  }

  @Benchmark
  public RoutedRequest route_uploadPart() {
    return router.route(uploadPart);
  }

  @Benchmark
  public S3Response encode_pageOf1000Keys() {
    return page.encode();
  }
}
