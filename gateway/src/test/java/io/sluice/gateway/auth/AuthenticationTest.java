package io.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AuthenticationTest {
  private static TestGateway gateway;
  private static S3TestClient root;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start();
    root = gateway.root();
    root.put("/bucket");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static void assertRefused(Answer answer, int status, String code) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.code()).isEqualTo(code);
    assertThat(answer.xml("RequestId")).isEqualTo(answer.header("x-amz-request-id"));
  }

  @Test
  void unknownKey_isInvalidAccessKeyId() {
    for (int i = 0; i < 2; i++) {
      assertRefused(gateway.client("NOBODY", "x").get("/"), 403, "InvalidAccessKeyId");
    }
    assertRefused(gateway.client("K".repeat(1000), "x").get("/"), 403, "InvalidAccessKeyId");
  }

  @Test
  void wrongSecret_isSignatureDoesNotMatch() {
    Answer answer = gateway.client(TestGateway.ROOT_KEY, "wrong").get("/bucket");
    assertRefused(answer, 403, "SignatureDoesNotMatch");
    assertThat(answer.xml("StringToSign")).startsWith("AWS4-HMAC-SHA256");
    assertThat(answer.body()).doesNotContain(TestGateway.ROOT_SECRET);
  }

  @Test
  void skewedClock_isRequestTimeTooSkewed() {
    for (Duration skew : new Duration[] {Duration.ofMinutes(16), Duration.ofMinutes(-16)}) {
      Answer answer = root.request("GET", "/bucket").signedAt(Instant.now().plus(skew)).send();
      assertRefused(answer, 403, "RequestTimeTooSkewed");
    }
  }

  @Test
  void presignedUrl_isGoodUntilItExpires() {
    String good = root.presign("GET", "/bucket", Duration.ofMinutes(1), Instant.now());
    assertThat(root.request("GET", "/bucket", good).unsigned().send().status()).isEqualTo(200);
    String expired =
        root.presign("GET", "/bucket", Duration.ofMinutes(1), Instant.now().minusSeconds(120));
    assertRefused(root.request("GET", "/bucket", expired).unsigned().send(), 403, "AccessDenied");
    assertRefused(
        root.request("GET", "/bucket", good.replace("Expires=60", "Expires=61")).unsigned().send(),
        403,
        "SignatureDoesNotMatch");
  }

  @Test
  void presignedForAnotherMethod_isSignatureDoesNotMatch() {
    String query = root.presign("GET", "/bucket", Duration.ofMinutes(1), Instant.now());
    assertRefused(
        root.request("DELETE", "/bucket", query).unsigned().send(), 403, "SignatureDoesNotMatch");
  }

  @Test
  void otherRegion_isAuthorizationHeaderMalformed() {
    try (TestGateway abroad = TestGateway.start(options -> options.region("eu-west-3"))) {
      Answer answer =
          abroad.clientIn("us-east-1", TestGateway.ROOT_KEY, TestGateway.ROOT_SECRET).get("/");
      assertRefused(answer, 400, "AuthorizationHeaderMalformed");
      assertThat(answer.xml("Region")).isEqualTo("eu-west-3");
    }
  }

  @Test
  void sessionToken_isInvalidToken() {
    assertRefused(
        root.request("GET", "/bucket").header("x-amz-security-token", "made-up").send(),
        400,
        "InvalidToken");
  }

  @Test
  void anonymous_isAccessDeniedOnEverything() {
    for (String path : new String[] {"/", "/bucket", "/bucket/key", "/absent-bucket"}) {
      for (String method : new String[] {"GET", "PUT", "DELETE"}) {
        if (!(method + path).equals("PUT/") && !(method + path).equals("DELETE/")) {
          assertRefused(root.request(method, path).unsigned().send(), 403, "AccessDenied");
        }
      }
    }
  }

  @Test
  void unsignedAmzHeader_isAccessDenied() {
    Answer answer =
        root.request("GET", "/bucket").unsignedHeader("x-amz-acl", "public-read").send();
    assertRefused(answer, 403, "AccessDenied");
  }

  @Test
  void signatureVersion2_isRefused() {
    Answer answer =
        root.request("GET", "/bucket")
            .unsigned()
            .header("Authorization", "AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=")
            .send();
    assertThat(answer.status()).isEqualTo(400);
  }
}
