package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CreateBucketTest {
  private static TestGateway gateway;
  private static S3TestClient root;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start();
    root = gateway.root();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static String configuration(String inner) {
    return "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        + inner
        + "</CreateBucketConfiguration>";
  }

  @Test
  void createBucket_withoutBody_isThere() {
    Answer answer = root.put("/plain-bucket");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("location")).isEqualTo("/plain-bucket");
    assertThat(root.request("HEAD", "/plain-bucket").send().status()).isEqualTo(200);
  }

  @Test
  void createBucket_againByOwner_inUsEast1_isOk() {
    assertThat(root.put("/mine").status()).isEqualTo(200);
    assertThat(root.put("/mine").status()).isEqualTo(200);
  }

  @Test
  void createBucket_againByOwner_elsewhere_isAlreadyOwnedByYou() {
    try (TestGateway paris = TestGateway.start(options -> options.region("eu-west-3"))) {
      S3TestClient client = paris.root();
      String body = configuration("<LocationConstraint>eu-west-3</LocationConstraint>");
      assertThat(client.request("PUT", "/mine").body(body).send().status()).isEqualTo(200);
      Answer again = client.request("PUT", "/mine").body(body).send();
      assertThat(again.status()).isEqualTo(409);
      assertThat(again.code()).isEqualTo("BucketAlreadyOwnedByYou");
      assertThat(client.get("/mine", "location").body()).contains(">eu-west-3</Location");
    }
  }

  @Test
  void createBucket_ofAnother_isAlreadyExists() {
    assertThat(root.put("/roots").status()).isEqualTo(200);
    Answer answer = gateway.other().put("/roots");
    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.code()).isEqualTo("BucketAlreadyExists");
    assertThat(answer.xml("BucketName")).isEqualTo("roots");
  }

  @Test
  void createBucket_badNames_areInvalidBucketName() {
    for (String name : new String[] {"ab", "Upper", "a..b", "192.168.0.1", "-dash", "a%00b"}) {
      Answer answer = root.put("/" + name);
      assertThat(answer.status()).as(name).isEqualTo(400);
      assertThat(answer.code()).as(name).isEqualTo("InvalidBucketName");
    }
  }

  @Test
  void createBucket_otherRegion_isIllegalLocationConstraint() {
    Answer answer =
        root.request("PUT", "/abroad")
            .body(configuration("<LocationConstraint>eu-west-1</LocationConstraint>"))
            .send();
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.code()).isEqualTo("IllegalLocationConstraintException");
  }

  @Test
  void createBucket_malformedOrHostileXml_isMalformedXml() {
    String bomb =
        "<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;\">]>"
            + configuration("<LocationConstraint>&c;</LocationConstraint>");
    String external =
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
            + configuration("<LocationConstraint>&x;</LocationConstraint>");
    for (String body : new String[] {"<nonsense", "<Other/>", bomb, external, "\u0000"}) {
      Answer answer = root.request("PUT", "/xml-bucket").body(body).send();
      assertThat(answer.status()).as(body).isEqualTo(400);
      assertThat(answer.code()).as(body).isEqualTo("MalformedXML");
      assertThat(answer.body()).doesNotContain("root:");
    }
    assertThat(root.request("HEAD", "/xml-bucket").send().status()).isEqualTo(404);
  }

  @Test
  void createBucket_bodyOverTheLimit_isRefusedAndTheConnectionStaysSane() {
    Answer answer = root.request("PUT", "/large-xml").body(new byte[3 << 20]).send();
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.code()).isEqualTo("MaxMessageLengthExceeded");
    assertThat(root.get("/").status()).isEqualTo(200);
  }

  @Test
  void createBucket_wrongBodyHash_isRefusedAndMakesNothing() {
    Answer answer =
        root.request("PUT", "/wrong-hash")
            .body(configuration(""))
            .contentSha256("0".repeat(64))
            .send();
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.code()).isEqualTo("XAmzContentSHA256Mismatch");
    assertThat(root.request("HEAD", "/wrong-hash").send().status()).isEqualTo(404);
  }
}
