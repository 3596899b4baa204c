package io.sluice.gateway.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** What the tests of object operations share: a gateway with a bucket or two. */
abstract class ObjectTest {
  static TestGateway gateway;
  static TestPlane plane;
  static S3TestClient root;

  @BeforeAll
  static void start() {
    plane = new TestPlane();
    gateway = TestGateway.start(options -> {}, plane.handlers());
    root = gateway.root();
    assertThat(root.put("/bucket").status()).isEqualTo(200);
  }

  @AfterAll
  static void stop() {
    gateway.close();
    plane.close();
  }

  @AfterEach
  void nothingIsHeld() {
    plane.assertNothingIsHeld();
  }

  static Answer put(String path, byte[] body) {
    S3TestClient.Request request = root.request("PUT", path).body(body);
    if (body.length == 0) {
      request.header("Content-Length", "0");
    }
    Answer answer = request.send();
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer;
  }

  static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static void assertError(Answer answer, int status, String code) {
    assertThat(answer.code()).as(answer.body()).isEqualTo(code);
    assertThat(answer.status()).isEqualTo(status);
  }
}
