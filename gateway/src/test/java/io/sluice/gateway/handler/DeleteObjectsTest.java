package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DeleteObjectsTest {
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

  private static String delete(String inner) {
    return "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + inner + "</Delete>";
  }

  private static String object(String key) {
    return "<Object><Key>" + key + "</Key></Object>";
  }

  @Test
  void deleteObjects_presentAndAbsent_areBothDeleted() {
    Objects.put(gateway, "del", "one", "two");
    Answer answer =
        root.request("POST", "/del", "delete")
            .body(delete(object("one") + object("never-there")))
            .withMd5()
            .send();
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body())
        .contains("<Deleted><Key>one</Key></Deleted>", "<Key>never-there</Key>");
    assertThat(root.get("/del").body()).doesNotContain("<Key>one<").contains("<Key>two<");
  }

  @Test
  void deleteObjects_quiet_reportsErrorsOnly() {
    Objects.put(gateway, "del", "quiet-key", "guarded");
    Answer answer =
        root.request("POST", "/del", "delete")
            .body(
                delete(
                    "<Quiet>true</Quiet>"
                        + object("quiet-key")
                        + "<Object><Key>guarded</Key><ETag>other</ETag></Object>"
                        + object("k".repeat(1025))))
            .withMd5()
            .send();
    assertThat(answer.body())
        .doesNotContain("<Deleted>")
        .contains("<Code>PreconditionFailed</Code>", "<Code>KeyTooLongError</Code>");
    assertThat(root.get("/del").body()).contains("<Key>guarded<");
  }

  @Test
  void deleteObjects_crc32Header_isEnough() {
    String body = delete(object("x"));
    CRC32 crc = new CRC32();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    String value =
        Base64.getEncoder()
            .encodeToString(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    Answer answer =
        root.request("POST", "/del", "delete")
            .body(body)
            .header("x-amz-checksum-crc32", value)
            .header("x-amz-sdk-checksum-algorithm", "CRC32")
            .send();
    assertThat(answer.status()).isEqualTo(200);
    Answer wrong =
        root.request("POST", "/del", "delete")
            .body(body + " ")
            .header("x-amz-checksum-crc32", value)
            .send();
    assertThat(wrong.code()).isEqualTo("BadDigest");
  }

  @Test
  void deleteObjects_withoutDigest_isInvalidRequest() {
    Answer answer = root.request("POST", "/del", "delete").body(delete(object("x"))).send();
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.code()).isEqualTo("InvalidRequest");
  }

  @Test
  void deleteObjects_wrongMd5_isBadDigestAndDeletesNothing() {
    Objects.put(gateway, "del", "kept");
    Answer answer =
        root.request("POST", "/del", "delete")
            .body(delete(object("kept")))
            .header("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==")
            .send();
    assertThat(answer.code()).isEqualTo("BadDigest");
    assertThat(root.get("/del").body()).contains("<Key>kept<");
  }

  @Test
  void deleteObjects_1001Keys_isMalformedXml() {
    Answer answer =
        root.request("POST", "/del", "delete")
            .body(delete(object("many").repeat(1001)))
            .withMd5()
            .send();
    assertThat(answer.code()).isEqualTo("MalformedXML");
  }

  @Test
  void deleteObjects_1000LongKeys_leaveTheEventLoopFree() {
    Answer answer =
        root.request("POST", "/del", "delete")
            .body(delete(object("k".repeat(1000)).repeat(1000)))
            .withMd5()
            .send();
    assertThat(answer.status()).isEqualTo(200);
  }
}
