package io.sluice.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.RawConnection;
import io.sluice.gateway.testing.TestGateway;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class DrainTest {
  @Test
  void stop_requestInFlight_finishes() throws InterruptedException {
    try (TestGateway gateway = TestGateway.start();
        RawConnection idle = new RawConnection(gateway.port);
        RawConnection busy = new RawConnection(gateway.port)) {
      CountDownLatch asked = new CountDownLatch(1);
      CountDownLatch release = new CountDownLatch(1);
      gateway.metadata.failQueries(
          query -> {
            asked.countDown();
            awaitLatch(release);
            return null;
          });
      busy.sendHead(gateway.root().request("GET", "/"));
      asked.await();
      Future<Void> stopped = gateway.gateway.stop(Duration.ofSeconds(10));
      assertThat(idle.isClosedByServer()).isTrue();
      assertThat(stopped.isComplete()).isFalse();
      release.countDown();
      assertThat(busy.answer()).startsWith("HTTP/1.1 200");
      TestGateway.await(stopped);
    }
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
