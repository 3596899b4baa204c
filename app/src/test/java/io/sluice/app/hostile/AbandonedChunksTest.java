package io.sluice.app.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.app.TestServer;
import io.sluice.s3.auth.PayloadSigning.Kind;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Uploads that are refused, or left, after some of their chunks were stored: nothing names those
 * chunks, and garbage collection finds every one of them, and none that is needed.
 */
class AbandonedChunksTest {
  @RegisterExtension
  static final TestServer SERVER = new TestServer("--orphan-grace", "2s", "--gc-grace", "1s");

  private static final byte[] KEPT = HostileTest.bytes(5 << 20);
  private static final byte[] LOST = HostileTest.bytes(9 << 20);

  private static RawResponse exchange(S3Request request) {
    try (RawConnection connection = RawConnection.open(SERVER.endpoint())) {
      return connection.exchange(request);
    }
  }

  private static double liveBytes() {
    String metrics = exchange(S3Request.get("/_sluice/metrics").anonymous()).text();
    return SharedServer.gauge(metrics, "sluice_storage_live_bytes");
  }

  /** The gauge follows the appends a little later. */
  private static double liveBytesAbove(double bytes) {
    return await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(50))
        .until(AbandonedChunksTest::liveBytes, live -> live > bytes);
  }

  @BeforeEach
  void storeWhatMustStay() {
    assertThat(exchange(S3Request.of("PUT", "/chunks")).status()).isEqualTo(200);
    assertThat(exchange(S3Request.put("/chunks/kept", KEPT)).status()).isEqualTo(200);
  }

  @Test
  void refusedAndAbandonedUploads_leaveNoChunks() {
    double needed = liveBytesAbove(KEPT.length);
    leaveChunks();
    liveBytesAbove(needed + 4 * LOST.length);
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(250))
        .untilAsserted(
            () -> {
              exchange(S3Request.of("POST", "/_sluice/admin/v1/gc/start"));
              // The deletions themselves are records, of some 100 bytes each.
              assertThat(liveBytes()).isLessThan(needed + 16 * 1024);
            });
    assertThat(exchange(S3Request.get("/chunks/kept")).body()).isEqualTo(KEPT);
    assertThat(exchange(S3Request.get("/chunks")).text()).doesNotContain("<Key>lost");
  }

  private static void leaveChunks() {
    HostileTest.assertError(
        exchange(S3Request.put("/chunks/lost", LOST).header("Content-MD5", "A".repeat(22) + "==")),
        400,
        "BadDigest");
    HostileTest.assertError(
        exchange(
            S3Request.put("/chunks/lost", LOST)
                .chunked(
                    Kind.STREAMING_UNSIGNED_TRAILER,
                    1 << 20,
                    Map.of("x-amz-checksum-crc32", "AAAAAA=="))),
        400,
        "BadDigest");
    HostileTest.assertError(
        exchange(S3Request.put("/chunks/lost", LOST).contentSha256(S3Request.sha256Hex(KEPT))),
        400,
        "XAmzContentSHA256Mismatch");
    HostileTest.assertError(
        exchange(S3Request.put("/chunks/kept", LOST).header("If-None-Match", "*")),
        412,
        "PreconditionFailed");
    String id =
        String.valueOf(exchange(S3Request.of("POST", "/chunks/lost?uploads")).xml("UploadId"));
    String upload = "/chunks/lost?uploadId=" + id;
    assertThat(exchange(S3Request.put(upload + "&partNumber=1", LOST)).status()).isEqualTo(200);
    assertThat(exchange(S3Request.of("DELETE", upload)).status()).isEqualTo(204);
    byte[] half = S3Request.put("/chunks/lost", LOST).bytes(SERVER.endpoint());
    RawConnection gone = RawConnection.open(SERVER.endpoint());
    gone.send(Arrays.copyOf(half, half.length - 100));
    gone.reset();
  }
}
