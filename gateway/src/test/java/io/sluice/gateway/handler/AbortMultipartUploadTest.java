package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AbortMultipartUploadTest {
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

  private static String begin(String key) {
    Answer answer = root.request("POST", "/multi/" + key, "uploads").send();
    assertThat(answer.status()).isEqualTo(200);
    return answer.xml("UploadId");
  }

  @Test
  void abortMultipartUpload_twice_isNoSuchUpload() {
    String id = begin("aborted");
    assertThat(root.request("DELETE", "/multi/aborted", "uploadId=" + id).send().status())
        .isEqualTo(204);
    Answer again = root.request("DELETE", "/multi/aborted", "uploadId=" + id).send();
    assertThat(again.status()).isEqualTo(404);
    assertThat(again.code()).isEqualTo("NoSuchUpload");
    assertThat(again.xml("UploadId")).isEqualTo(id);
  }
}
