package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CompleteMultipartUploadTest {
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

  private static final long MIB5 = 5L << 20;

  private static String begin(String key) {
    Answer answer = root.request("POST", "/multi/" + key, "uploads").send();
    assertThat(answer.status()).isEqualTo(200);
    return answer.xml("UploadId");
  }

  private static String part(int number, String etag) {
    return "<Part><PartNumber>" + number + "</PartNumber><ETag>\"" + etag + "\"</ETag></Part>";
  }

  private static Answer complete(String key, String id, String parts) {
    return root.request("POST", "/multi/" + key, "uploadId=" + id)
        .body("<CompleteMultipartUpload>" + parts + "</CompleteMultipartUpload>")
        .send();
  }

  @Test
  void completeMultipartUpload_parts_becomeAnObject() {
    String id = begin("whole");
    String one = Objects.putPart(gateway, "multi", "whole", id, 1, MIB5);
    String two = Objects.putPart(gateway, "multi", "whole", id, 2, 10);
    Answer answer = complete("whole", id, part(1, one) + part(2, two));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.xml("ETag")).endsWith("-2&quot;");
    assertThat(answer.xml("Location")).startsWith("http://").endsWith("/multi/whole");
    assertThat(root.get("/multi", "prefix=whole").body()).contains("<Size>5242890<");
    assertThat(complete("whole", id, part(1, one)).code()).isEqualTo("NoSuchUpload");
  }

  @Test
  void completeMultipartUpload_badParts_areRefusedAndTheUploadStays() {
    String id = begin("bad-parts");
    String one = Objects.putPart(gateway, "multi", "bad-parts", id, 1, 10);
    String two = Objects.putPart(gateway, "multi", "bad-parts", id, 2, 10);
    assertThat(complete("bad-parts", id, part(2, two) + part(1, one)).code())
        .isEqualTo("InvalidPartOrder");
    assertThat(complete("bad-parts", id, part(1, one) + part(2, two)).code())
        .isEqualTo("EntityTooSmall");
    assertThat(complete("bad-parts", id, part(3, one)).code()).isEqualTo("InvalidPart");
    assertThat(complete("bad-parts", id, part(1, two)).code()).isEqualTo("InvalidPart");
    assertThat(complete("bad-parts", id, "").code()).isEqualTo("MalformedXML");
    assertThat(complete("bad-parts", id, part(10_001, one)).code()).isEqualTo("InvalidArgument");
    assertThat(complete("bad-parts", id, part(1, one)).status()).isEqualTo(200);
  }

  @Test
  void completeMultipartUpload_10001Parts_isMalformedXml() {
    String id = begin("too-many");
    StringBuilder parts = new StringBuilder();
    for (int i = 1; i <= 10_001; i++) {
      parts.append(part(Math.min(i, 10_000), "00"));
    }
    assertThat(complete("too-many", id, parts.toString()).status()).isEqualTo(400);
  }

  @Test
  void completeMultipartUpload_ifNoneMatch_overExisting_isPreconditionFailed() {
    Objects.put(gateway, "multi", "there");
    String id = begin("there");
    String one = Objects.putPart(gateway, "multi", "there", id, 1, 10);
    Answer answer =
        root.request("POST", "/multi/there", "uploadId=" + id)
            .header("If-None-Match", "*")
            .body("<CompleteMultipartUpload>" + part(1, one) + "</CompleteMultipartUpload>")
            .send();
    assertThat(answer.status()).isEqualTo(412);
    assertThat(answer.xml("Condition")).isEqualTo("If-None-Match");
  }

  @Test
  void completeMultipartUpload_checksumOfTheObject_isNotThatOfTheBody() {
    String id = begin("object-checksum");
    String one = Objects.putPart(gateway, "multi", "object-checksum", id, 1, 10);
    Answer answer =
        root.request("POST", "/multi/object-checksum", "uploadId=" + id)
            .header("x-amz-checksum-crc32", "AAAAAA==")
            .body("<CompleteMultipartUpload>" + part(1, one) + "</CompleteMultipartUpload>")
            .send();
    assertThat(answer.status()).isEqualTo(200);
  }
}
