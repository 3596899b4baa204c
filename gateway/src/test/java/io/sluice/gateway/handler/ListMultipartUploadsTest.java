package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ListMultipartUploadsTest {
  private static TestGateway gateway;
  private static S3TestClient root;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start();
    root = gateway.root();
    root.put("/multi");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void listMultipartUploads_pagesAndPrefixes() {
    root.put("/uploads-only");
    for (String key : new String[] {"a", "b/1", "b/2", "c"}) {
      root.request("POST", "/uploads-only/" + key, "uploads").send();
    }
    Answer grouped = root.get("/uploads-only", "uploads&delimiter=%2F");
    assertThat(grouped.body())
        .contains("<Key>a<", "<Prefix>b/</Prefix>", "<Key>c<")
        .doesNotContain("<Key>b/1<");
    Answer first = root.get("/uploads-only", "uploads&max-uploads=2");
    assertThat(first.xml("NextKeyMarker")).isEqualTo("b/1");
    Answer second =
        root.get(
            "/uploads-only",
            "uploads&key-marker=b%2F1&upload-id-marker=" + first.xml("NextUploadIdMarker"));
    assertThat(second.body()).contains("<Key>b/2<", "<Key>c<").doesNotContain("<Key>a<");
  }
}
