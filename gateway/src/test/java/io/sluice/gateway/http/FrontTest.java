package io.sluice.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.gateway.call.OperationHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.testing.RawConnection;
import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.storage.StorageFailure;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FrontTest {
  private static TestGateway gateway;
  private static S3TestClient root;
  private static volatile Function<S3Call, Uni<Void>> getObject;

  @BeforeAll
  static void start() {
    gateway =
        TestGateway.start(
            options -> {},
            context ->
                List.of(
                    handler(S3Operation.GET_OBJECT, call -> getObject.apply(call)),
                    handler(
                        S3Operation.PUT_OBJECT, call -> call.exchange().send(S3Response.of(200)))));
    root = gateway.root();
    assertThat(root.put("/bucket").status()).isEqualTo(200);
  }

  private static OperationHandler handler(S3Operation operation, Function<S3Call, Uni<Void>> work) {
    return new OperationHandler() {
      @Override
      public S3Operation operation() {
        return operation;
      }

      @Override
      public Uni<Void> handle(S3Call call) {
        return work.apply(call);
      }
    };
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static void assertStillServes() {
    assertThat(root.get("/").status()).isEqualTo(200);
  }

  private static void assertNothingInFlight() {
    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> gateway.meters.get("sluice.s3.requests.in.flight").gauge().value() == 0);
  }

  @Test
  void answer_hasTheCommonHeaders() {
    Answer answer = root.get("/bucket");
    assertThat(answer.header("server")).isEqualTo("Sluice");
    assertThat(answer.header("date")).endsWith(" GMT");
    assertThat(answer.header("x-amz-id-2")).isNotEmpty();
    assertThat(answer.header("x-amz-request-id")).matches("[0-9A-F]{16}");
  }

  @Test
  void notHttp_isBadRequestAndClosed() {
    try (RawConnection raw = new RawConnection(gateway.port)) {
      raw.send("NONSENSE\r\n\r\n");
      assertThat(raw.answer()).contains(" 400 Bad Request").contains("<Code>BadRequest</Code>");
      assertThat(raw.isClosedByServer()).isTrue();
    }
    assertStillServes();
  }

  @Test
  void oversizeHeaders_areRequestHeaderSectionTooLarge() {
    try (RawConnection raw = new RawConnection(gateway.port)) {
      raw.send("GET / HTTP/1.1\r\nHost: x\r\nx-amz-meta-a: " + "a".repeat(40_000) + "\r\n\r\n");
      assertThat(raw.answer())
          .contains(" 400 Bad Request")
          .contains("<Code>RequestHeaderSectionTooLarge</Code>", "<RequestId>");
      assertThat(raw.isClosedByServer()).isTrue();
    }
    assertStillServes();
  }

  @Test
  void oversizeRequestLine_isInvalidUri() {
    try (RawConnection raw = new RawConnection(gateway.port)) {
      raw.send("GET /" + "a".repeat(70_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(raw.answer()).contains(" 400 Bad Request").contains("<Code>InvalidURI</Code>");
    }
    assertStillServes();
  }

  @Test
  void contentLengthThatIsNone_is400() {
    try (RawConnection raw = new RawConnection(gateway.port)) {
      raw.send("PUT /bucket/key HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n");
      assertThat(raw.answer()).contains(" 400 Bad Request");
    }
    try (RawConnection raw = new RawConnection(gateway.port)) {
      raw.send(
          "PUT /bucket/key HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
      assertThat(raw.answer()).contains(" 400 Bad Request");
    }
    assertStillServes();
  }

  @Test
  void pipelinedRequests_areAnsweredInOrder() {
    try (RawConnection raw = new RawConnection(gateway.port)) {
      raw.send(
          root.request("GET", "/").wire()
              + root.request("GET", "/absent-bucket").wire()
              + root.request("GET", "/bucket").wire());
      assertThat(raw.answer()).contains("ListAllMyBucketsResult");
      assertThat(raw.answer()).contains("NoSuchBucket");
      assertThat(raw.answer()).contains("ListBucketResult");
    }
  }

  @Test
  void expectContinue_refusedRequest_getsNoContinueAndCloses() {
    S3TestClient stranger = gateway.client("NOBODY", "secret");
    try (RawConnection raw = new RawConnection(gateway.port)) {
      raw.sendHead(
          stranger.request("PUT", "/bucket/key"),
          "Content-Length: 1000000",
          "Expect: 100-continue");
      assertThat(raw.answer())
          .startsWith("HTTP/1.1 403")
          .contains("InvalidAccessKeyId")
          .containsIgnoringCase("connection: close");
      assertThat(raw.isClosedByServer()).isTrue();
    }
  }

  @Test
  void expectContinue_accepted_getsContinueOnceTheBodyIsWanted() {
    String body = "<CreateBucketConfiguration/>";
    S3TestClient.Request request = root.request("PUT", "/continued").body(body);
    try (RawConnection raw = new RawConnection(gateway.port)) {
      raw.sendHead(request, "Content-Length: " + body.length(), "Expect: 100-continue");
      assertThat(raw.answer()).startsWith("HTTP/1.1 100");
      raw.send(body);
      assertThat(raw.answer()).startsWith("HTTP/1.1 200");
      raw.sendHead(root.request("GET", "/"));
      assertThat(raw.answer()).contains("<Name>continued</Name>");
    }
  }

  @Test
  void refusedRequest_shortBody_keepsTheConnection() {
    try (RawConnection raw = new RawConnection(gateway.port)) {
      raw.sendHead(root.request("PUT", "/absent-bucket/key"), "Content-Length: 1000");
      assertThat(raw.answer()).contains("NoSuchBucket");
      raw.send("x".repeat(1000));
      raw.sendHead(root.request("GET", "/bucket"));
      assertThat(raw.answer()).contains("ListBucketResult");
    }
  }

  @Test
  void refusedRequest_longBody_isAnsweredAndClosed() {
    try (RawConnection raw = new RawConnection(gateway.port)) {
      raw.sendHead(root.request("PUT", "/absent-bucket/key"), "Content-Length: 1000000000");
      raw.send("x".repeat(100_000));
      assertThat(raw.answer()).contains("NoSuchBucket").containsIgnoringCase("connection: close");
      assertThat(raw.isClosedByServer()).isTrue();
    }
    assertNothingInFlight();
  }

  @Test
  void clientGoneInMidBody_leavesNothingInFlight() {
    try (RawConnection raw = new RawConnection(gateway.port)) {
      raw.sendHead(root.request("PUT", "/half-way").body("1234567890"), "Content-Length: 5000");
      raw.send("12345");
    }
    assertNothingInFlight();
    assertThat(root.request("HEAD", "/half-way").send().status()).isEqualTo(404);
  }

  @Test
  void putObject_withoutLength_isMissingContentLength() {
    try (RawConnection raw = new RawConnection(gateway.port)) {
      raw.sendHead(root.request("PUT", "/bucket/key"));
      assertThat(raw.answer())
          .startsWith("HTTP/1.1 411")
          .contains("<Code>MissingContentLength</Code>");
    }
  }

  @Test
  void operationWithoutHandler_isNotImplementedAndNeverAnother() {
    Answer answer = root.request("PUT", "/bucket/key", "acl").send();
    assertThat(answer.status()).isEqualTo(501);
    assertThat(answer.code()).isEqualTo("NotImplemented");
    assertThat(root.request("PATCH", "/bucket/key").send().code()).isEqualTo("MethodNotAllowed");
  }

  @Test
  void unexpectedThrowable_isInternalErrorWithoutItsMessage() {
    getObject =
        call -> {
          throw new IllegalStateException("secret detail");
        };
    Answer answer = root.get("/bucket/key");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.code()).isEqualTo("InternalError");
    assertThat(answer.body()).doesNotContain("secret detail");
    assertNothingInFlight();
  }

  @Test
  void unknownOutcome_isNeverReportedAsAbsent() {
    getObject =
        call -> Uni.createFrom().failure(new StorageFailure.OutcomeUnknown("no answer", null));
    Answer answer = root.get("/bucket/key");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.code()).isEqualTo("ServiceUnavailable");
    assertThat(answer.xml("Message")).contains("unknown");
  }

  @Test
  void failureInMidStream_endsTheConnection() {
    getObject =
        call -> {
          call.exchange()
              .begin(S3Response.of(200, Map.of("Content-Length", "1000")))
              .write("first bytes");
          return Uni.createFrom().failure(new StorageFailure.ChunkNotFound("gone"));
        };
    try (RawConnection raw = new RawConnection(gateway.port)) {
      raw.sendHead(root.request("GET", "/bucket/key"));
      assertThat(raw.isClosedByServer()).isTrue();
    }
    assertNothingInFlight();
  }

  @Test
  void overTheRequestLimit_isSlowDown() {
    try (TestGateway full = TestGateway.start(options -> options.requestsMax(0))) {
      Answer answer = full.root().get("/");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.code()).isEqualTo("SlowDown");
      assertThat(answer.header("retry-after")).isEqualTo("1");
    }
  }

  @Test
  void idleConnection_isClosed() {
    try (TestGateway idle = TestGateway.start(o -> o.idleTimeout(Duration.ofMillis(200)));
        RawConnection raw = new RawConnection(idle.port)) {
      assertThat(raw.isClosedByServer()).isTrue();
    }
  }

  @Test
  void metrics_countByOperation() {
    long before =
        gateway.meters.get("sluice.s3.requests").tag("operation", "HeadBucket").timer().count();
    root.request("HEAD", "/bucket").send();
    root.request("HEAD", "/absent-bucket").send();
    await()
        .untilAsserted(
            () ->
                assertThat(
                        gateway
                            .meters
                            .get("sluice.s3.requests")
                            .tag("operation", "HeadBucket")
                            .timer()
                            .count())
                    .isEqualTo(before + 2));
    assertThat(
            gateway
                .meters
                .get("sluice.s3.errors")
                .tag("operation", "HeadBucket")
                .tag("code", "NoSuchBucket")
                .counter()
                .count())
        .isPositive();
  }

  @Test
  void healthAndMetrics_needNoSignature() {
    assertThat(root.request("GET", "/_sluice/health/live").unsigned().send().status())
        .isEqualTo(200);
    assertThat(root.request("GET", "/_sluice/health/ready").unsigned().send().status())
        .isEqualTo(200);
    gateway.readiness = new Readiness(false, "shard 2 has no leader");
    try {
      Answer answer = root.request("GET", "/_sluice/health/ready").unsigned().send();
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.json().getString("reason")).isEqualTo("shard 2 has no leader");
    } finally {
      gateway.readiness = Readiness.READY;
    }
    assertThat(root.request("GET", "/_sluice/metrics").unsigned().send().body())
        .contains("# meters");
  }

  @Test
  void bucketHost_pathOfTheOperationsRoutes_isAKey() {
    try (TestGateway withDomain = TestGateway.start(options -> options.domain("s3.test"))) {
      String path = "GET /_sluice/health/live HTTP/1.1\r\nHost: ";
      try (RawConnection raw = new RawConnection(withDomain.port)) {
        raw.send(path + "bucket.s3.test\r\n\r\n");
        assertThat(raw.answer()).doesNotContain("up").contains("<Error>");
      }
      try (RawConnection raw = new RawConnection(withDomain.port)) {
        raw.send(path + "s3.test:9000\r\n\r\n");
        assertThat(raw.answer()).contains("200 OK");
      }
    }
  }

  @Test
  void operations_pathThatIsNotThere_isSaidInJson() {
    Answer answer = root.request("GET", "/_sluice/helth").unsigned().send();
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    assertThat(answer.json().getString("reason")).isEqualTo("Not Found");
    assertThat(
            root.request("POST", "/_sluice/metrics").unsigned().send().json().getString("status"))
        .isEqualTo("error");
  }
}
