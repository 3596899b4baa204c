package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ListObjectVersionsTest {
  private static TestGateway gateway;
  private static S3TestClient root;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start();
    root = gateway.root();
    root.put("/listed");
    Objects.put(gateway, "listed", "a", "dir/1", "dir/2", "z");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void listObjectVersions_everyObjectIsItsNullVersion() {
    Answer answer = root.get("/listed", "versions&max-keys=3");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.xml("VersionId")).isEqualTo("null");
    assertThat(answer.xml("NextKeyMarker")).isEqualTo("dir/2");
    assertThat(answer.xml("NextVersionIdMarker")).isEqualTo("null");
    Answer next = root.get("/listed", "versions&key-marker=dir%2F2&version-id-marker=null");
    assertThat(next.body()).contains("<Key>z<", "<IsLatest>true<").doesNotContain("dir/2</Key>");
  }
}
