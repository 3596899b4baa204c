package io.sluice.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.gateway.testing.RawConnection;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A node with more to do than it can: whoever is turned away hears so at once. */
class LoadSheddingTest {
  private static final String LIMIT_TAG = "limit";

  @Test
  void hostileLoad_answersStayQuickAndHealthIsServed() throws Exception {
    try (TestGateway gateway = TestGateway.start(options -> options.requestsMax(2))) {
      List<RawConnection> stuck = stuckUploads(gateway, 2);
      ExecutorService clients = Executors.newFixedThreadPool(16);
      try {
        List<Future<List<Long>>> runs = new ArrayList<>();
        for (int client = 0; client < 16; client++) {
          runs.add(clients.submit(() -> hammer(gateway, 60)));
        }
        List<Long> nanos = new ArrayList<>();
        for (Future<List<Long>> run : runs) {
          nanos.addAll(run.get(30, TimeUnit.SECONDS));
        }
        Collections.sort(nanos);
        long medianMs = TimeUnit.NANOSECONDS.toMillis(nanos.get(nanos.size() / 2));
        long p99Ms = TimeUnit.NANOSECONDS.toMillis(nanos.get(nanos.size() * 99 / 100));
        System.out.printf(
            "%d requests shed to 16 clients: median %d ms, p99 %d ms%n",
            nanos.size(), medianMs, p99Ms);
        assertThat(p99Ms).isLessThan(1000);
        assertThat(shed(gateway, "requests")).isEqualTo(16 * 60);
      } finally {
        clients.shutdownNow();
      }
      stuck.forEach(RawConnection::close);
      // And when the load is gone, everyone is served again.
      await().until(() -> gateway.root().get("/").status() == 200);
    }
  }

  /** Unsigned requests: they are turned away before anyone looks who sent them. */
  private static List<Long> hammer(TestGateway gateway, int requests) {
    List<Long> nanos = new ArrayList<>();
    try (RawConnection raw = new RawConnection(gateway.port)) {
      for (int i = 0; i < requests; i++) {
        long start = System.nanoTime();
        // A short body is thrown away, and the connection kept.
        raw.send("PUT /bucket/key HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
        String answer = raw.answer();
        nanos.add(System.nanoTime() - start);
        assertThat(answer).startsWith("HTTP/1.1 503").containsIgnoringCase("retry-after: 1");
        raw.send("GET /_sluice/health/live HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(raw.answer()).startsWith("HTTP/1.1 200");
      }
    }
    return nanos;
  }

  @Test
  void tooManyBodyBytes_onlyRequestsWithBodiesAreTurnedAway() {
    try (TestGateway gateway =
        TestGateway.start(options -> options.bodyBytesMax(2 * Door.BODY_CHARGE_MAX))) {
      List<RawConnection> stuck = stuckUploads(gateway, 2);
      try (RawConnection third = new RawConnection(gateway.port)) {
        third.send("PUT /bucket/key HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
        assertThat(third.answer()).startsWith("HTTP/1.1 503").contains("<Code>SlowDown</Code>");
      }
      assertThat(gateway.root().get("/").status()).isEqualTo(200);
      assertThat(shed(gateway, "body-bytes")).isEqualTo(1);
      stuck.forEach(RawConnection::close);
      await()
          .until(() -> gateway.meters.get("sluice.s3.body.bytes.in.flight").gauge().value() == 0);
    }
  }

  @Test
  void tooManyConnections_operatorsAreServedAndOthersToldToComeBack() {
    try (TestGateway gateway = TestGateway.start(options -> options.connectionsMax(1));
        RawConnection first = new RawConnection(gateway.port)) {
      first.send("GET /_sluice/health/live HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(first.answer()).startsWith("HTTP/1.1 200");
      try (RawConnection operator = new RawConnection(gateway.port)) {
        for (int i = 0; i < 2; i++) {
          operator.send("GET /_sluice/health/ready HTTP/1.1\r\nHost: h\r\n\r\n");
          assertThat(operator.answer()).startsWith("HTTP/1.1 200");
        }
        operator.send("GET /bucket HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(operator.answer())
            .startsWith("HTTP/1.1 503")
            .containsIgnoringCase("connection: close");
        assertThat(operator.isClosedByServer()).isTrue();
      }
      assertThat(shed(gateway, "connections")).isEqualTo(1);
    }
  }

  /** Uploads that were admitted and whose bodies never come. */
  private static List<RawConnection> stuckUploads(TestGateway gateway, int count) {
    List<RawConnection> stuck = new ArrayList<>();
    Answer made = gateway.root().put("/bucket");
    assertThat(made.status()).isEqualTo(200);
    for (int i = 0; i < count; i++) {
      // CreateBucket reads a small document, so it waits for all of this one.
      stuck.add(
          new RawConnection(gateway.port)
              .sendHead(gateway.root().request("PUT", "/other" + i), "Content-Length: 200000"));
    }
    await()
        .until(() -> gateway.meters.get("sluice.s3.requests.in.flight").gauge().value() == count);
    return stuck;
  }

  private static double shed(TestGateway gateway, String limit) {
    return gateway.meters.get("sluice.shed.requests").tag(LIMIT_TAG, limit).counter().count();
  }
}
