package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ListBucketsTest {
  private static TestGateway gateway;
  private static S3TestClient root;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start();
    root = gateway.root();
    for (String name : new String[] {"logs-1", "logs-2", "logs-3", "photos"}) {
      assertThat(root.put("/" + name).status()).isEqualTo(200);
    }
    assertThat(gateway.other().put("/theirs").status()).isEqualTo(200);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void listBuckets_areTheCallersOwn() {
    Answer answer = root.get("/");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/xml");
    assertThat(answer.header("x-amz-request-id")).matches("[0-9A-F]{16}");
    assertThat(answer.body())
        .contains("<ID>" + TestGateway.ROOT_ID + "</ID>", "<Name>logs-1</Name>", "photos")
        .contains("<BucketRegion>us-east-1</BucketRegion>")
        .doesNotContain("theirs");
    assertThat(gateway.other().get("/").body()).contains("theirs").doesNotContain("photos");
  }

  @Test
  void listBuckets_pages_leadThroughAll() {
    Answer first = root.get("/", "max-buckets=2&prefix=logs-");
    assertThat(first.body()).contains("logs-1", "logs-2").doesNotContain("logs-3");
    Answer second =
        root.get("/", "continuation-token=" + first.xml("ContinuationToken") + "&prefix=logs-");
    assertThat(second.body()).contains("logs-3").doesNotContain("logs-2", "photos");
    assertThat(second.xml("ContinuationToken")).isNull();
  }

  @Test
  void listBuckets_forgedToken_isInvalidArgument() {
    Answer answer = root.get("/", "continuation-token=nonsense");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.code()).isEqualTo("InvalidArgument");
  }

  @Test
  void listBuckets_anonymous_isAccessDenied() {
    Answer answer = root.request("GET", "/").unsigned().send();
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.code()).isEqualTo("AccessDenied");
    assertThat(answer.xml("RequestId")).isEqualTo(answer.header("x-amz-request-id"));
  }
}
