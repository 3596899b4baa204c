package io.sluice.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.call.OperationHandler;
import io.sluice.gateway.call.PatientAnswer;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.smallrye.mutiny.Uni;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Answers that take longer than a connection may be silent. */
class PatientAnswerTest {
  private static final Duration IDLE = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofMillis(1_500);

  private static TestGateway gateway;
  private static S3TestClient root;
  private static volatile Uni<S3Response> result;

  @BeforeAll
  static void start() {
    gateway =
        TestGateway.start(
            options -> options.idleTimeout(IDLE),
            context ->
                List.of(
                    new OperationHandler() {
                      @Override
                      public S3Operation operation() {
                        return S3Operation.COPY_OBJECT;
                      }

                      @Override
                      public Uni<Void> handle(S3Call call) {
                        return PatientAnswer.send(call, result, Duration.ofMillis(100));
                      }
                    }));
    root = gateway.root();
    assertThat(root.put("/bucket").status()).isEqualTo(200);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static Answer copy() {
    return root.request("PUT", "/bucket/key").header("x-amz-copy-source", "/bucket/other").send();
  }

  private static Uni<S3Response> document() {
    String xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<R><ETag>e</ETag></R>";
    return Uni.createFrom()
        .item(
            S3Response.xml(
                200, Map.of(), ByteBuffer.wrap(xml.getBytes(StandardCharsets.US_ASCII))));
  }

  @Test
  void send_longerThanTheIdleTimeout_isAnsweredWithOneDocument() {
    result = document().onItem().delayIt().by(LONG);
    Answer answer = copy();
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("application/xml");
    assertThat(answer.body()).containsOnlyOnce("<?xml").startsWith("<?xml");
    assertThat(answer.xml("ETag")).isEqualTo("e");
  }

  @Test
  void send_failsAfterLong_theErrorIsInTheDocument() {
    result =
        document()
            .onItem()
            .delayIt()
            .by(LONG)
            .onItem()
            .failWith(() -> new S3Exception(S3ErrorCode.SLOW_DOWN));
    Answer answer = copy();
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.code()).isEqualTo("SlowDown");
    assertThat(answer.body()).containsOnlyOnce("<?xml");
  }

  @Test
  void send_atOnce_isAnOrdinaryAnswer() {
    result = document();
    assertThat(copy().header("Content-Length")).isNotNull();
    result = Uni.createFrom().failure(new S3Exception(S3ErrorCode.SLOW_DOWN));
    assertThat(copy().status()).isEqualTo(503);
  }
}
