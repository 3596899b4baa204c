package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DeleteObjectTest {
  private static TestGateway gateway;
  private static S3TestClient root;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start();
    root = gateway.root();
    root.put("/del");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void deleteObject_absent_is204() {
    assertThat(root.delete("/del/nothing").status()).isEqualTo(204);
  }

  @Test
  void deleteObject_conditionThatFails_isPreconditionFailed() {
    Objects.put(gateway, "del", "conditional");
    Answer answer =
        root.request("DELETE", "/del/conditional").header("If-Match", "\"other\"").send();
    assertThat(answer.status()).isEqualTo(412);
    assertThat(answer.code()).isEqualTo("PreconditionFailed");
    assertThat(answer.xml("Condition")).isEqualTo("If-Match");
    assertThat(
            root.request("DELETE", "/del/conditional")
                .header("If-Match", "\"900150983cd24fb0d6963f7d28e17f72\"")
                .send()
                .status())
        .isEqualTo(204);
  }

  @Test
  void deleteObject_hostileKeys_touchNothingElse() {
    Objects.put(gateway, "del", "../up", "//", "/lead");
    assertThat(root.delete("/del/..%2Fup").status()).isEqualTo(204);
    assertThat(root.delete("/del///").status()).isEqualTo(204);
    assertThat(root.get("/del").body()).doesNotContain("../up", "<Key>//<").contains("/lead");
    assertThat(root.delete("/del/a%00b").code()).isEqualTo("InvalidURI");
    assertThat(root.delete("/del/%FF%FE").code()).isEqualTo("InvalidURI");
    assertThat(root.delete("/del/" + "k".repeat(1025)).code()).isEqualTo("KeyTooLongError");
  }
}
