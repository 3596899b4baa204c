package io.sluice.gateway.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.gateway.testing.RawConnection;
import io.sluice.storage.proto.Query;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ClientGoneTest extends ObjectTest {
  @Test
  void uploadPart_clientGoneBeforeItsBodyIsTaken_isNotWaitedFor() throws InterruptedException {
    String upload = root.request("POST", "/bucket/gone", "uploads").send().xml("UploadId");
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    gateway.metadata.failQueries(
        query -> {
          if (query.getBodyCase() == Query.BodyCase.GET_UPLOAD) {
            asked.countDown();
            awaitLatch(release);
          }
          return null;
        });
    try {
      double before = gauge("sluice.http.connections.open");
      try (RawConnection connection = new RawConnection(gateway.port)) {
        connection.sendHead(
            root.request("PUT", "/bucket/gone", "partNumber=1&uploadId=" + upload)
                .contentSha256("UNSIGNED-PAYLOAD")
                .header("Content-Length", "1000000"));
        assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
      }
      await().until(() -> gauge("sluice.http.connections.open") <= before);
    } finally {
      release.countDown();
      gateway.metadata.failQueries(null);
    }
    await().untilAsserted(() -> assertThat(gauge("sluice.s3.requests.in.flight")).isZero());
  }

  private static double gauge(String name) {
    return gateway.meters.get(name).gauge().value();
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
