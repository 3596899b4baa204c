package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ListPartsTest {
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
  void listParts_pages_leadOn() {
    String id = begin("paged");
    for (int i = 1; i <= 3; i++) {
      Objects.putPart(gateway, "multi", "paged", id, i, i);
    }
    Answer first = root.get("/multi/paged", "uploadId=" + id + "&max-parts=2");
    assertThat(first.xml("NextPartNumberMarker")).isEqualTo("2");
    assertThat(first.xml("IsTruncated")).isEqualTo("true");
    Answer second = root.get("/multi/paged", "uploadId=" + id + "&part-number-marker=2");
    assertThat(second.body()).contains("<PartNumber>3<").doesNotContain("<PartNumber>2<");
    assertThat(root.get("/multi/paged", "uploadId=" + id + "&max-parts=0").status()).isEqualTo(200);
    assertThat(root.get("/multi/paged", "uploadId=nonsense").code()).isEqualTo("NoSuchUpload");
  }
}
