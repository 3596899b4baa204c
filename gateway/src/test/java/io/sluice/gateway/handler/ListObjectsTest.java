package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ListObjectsTest {
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
  void listObjects_delimiterAndMarker_leadOn() {
    Answer first = root.get("/listed", "delimiter=%2F&max-keys=2");
    assertThat(first.xml("NextMarker")).isEqualTo("dir/");
    assertThat(first.xml("IsTruncated")).isEqualTo("true");
    Answer second = root.get("/listed", "delimiter=%2F&marker=dir%2F");
    assertThat(second.body()).contains("<Key>z<").doesNotContain("dir/1", "<Key>a<");
  }

  @Test
  void listObjects_showsOwners() {
    assertThat(root.get("/listed").body()).contains("<ID>" + TestGateway.ROOT_ID + "</ID>");
  }
}
