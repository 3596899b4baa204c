package io.sluice.gateway.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.placement.FakeReplica;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.s3.checksum.ETags;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PutObjectTest extends ObjectTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4096, 16_384, 16_385, 1_000_000, 9_000_000})
  void putObject_anySize_comesBack(int size) {
    byte[] bytes = random(size, size);
    Answer put = put("/bucket/any-" + size, bytes);
    String etag = '"' + ETags.md5(ETags.newMd5().digest(bytes)) + '"';
    assertThat(put.header("ETag")).isEqualTo(etag);
    assertThat(put.header("x-amz-checksum-crc64nvme")).isNotNull();
    assertThat(put.header("x-amz-checksum-type")).isEqualTo("FULL_OBJECT");
    Answer get = root.get("/bucket/any-" + size);
    assertThat(get.status()).isEqualTo(200);
    assertThat(get.content().getBytes()).isEqualTo(bytes);
    assertThat(get.header("ETag")).isEqualTo(etag);
    assertThat(get.header("Content-Length")).isEqualTo(Integer.toString(size));
  }

  @Test
  void putObject_metadata_comesBack() {
    root.request("PUT", "/bucket/meta")
        .header("Content-Type", "text/x-thing")
        .header("Content-Encoding", "aws-chunked,gzip")
        .header("Cache-Control", "no-cache")
        .header("x-amz-meta-Plain", "hello")
        .header("x-amz-meta-umlaut", "=?UTF-8?B?w7xtbMOkdXQ=?=")
        .body("x")
        .send();
    Answer head = root.request("HEAD", "/bucket/meta").send();
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("Content-Type")).isEqualTo("text/x-thing");
    assertThat(head.header("Content-Encoding")).isEqualTo("gzip");
    assertThat(head.header("Cache-Control")).isEqualTo("no-cache");
    assertThat(head.header("x-amz-meta-plain")).isEqualTo("hello");
    assertThat(head.header("x-amz-meta-umlaut")).isEqualTo("=?UTF-8?B?w7xtbMOkdXQ=?=");
  }

  @Test
  void putObject_ifNoneMatchStar_existingKey_isPreconditionFailed() {
    put("/bucket/once", random(10, 1));
    assertError(
        root.request("PUT", "/bucket/once").header("If-None-Match", "*").body("y").send(),
        412,
        "PreconditionFailed");
    Answer fresh =
        root.request("PUT", "/bucket/once-2").header("If-None-Match", "*").body("y").send();
    assertThat(fresh.status()).isEqualTo(200);
  }

  @Test
  void putObject_ifMatch_otherETag_isPreconditionFailed() {
    Answer first = put("/bucket/match", random(10, 1));
    assertError(
        root.request("PUT", "/bucket/match").header("If-Match", "\"feed\"").body("y").send(),
        412,
        "PreconditionFailed");
    assertThat(
            root.request("PUT", "/bucket/match")
                .header("If-Match", first.header("ETag"))
                .body("y")
                .send()
                .status())
        .isEqualTo(200);
    assertError(
        root.request("PUT", "/bucket/no-match").header("If-Match", "*").body("y").send(),
        404,
        "NoSuchKey");
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 3_000_000})
  void putObject_wrongContentMd5_isBadDigestAndStoresNothing(int size) {
    String md5 = Base64.getEncoder().encodeToString(new byte[16]);
    assertError(
        root.request("PUT", "/bucket/bad").header("Content-MD5", md5).body(new byte[size]).send(),
        400,
        "BadDigest");
    assertError(root.get("/bucket/bad"), 404, "NoSuchKey");
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 3_000_000})
  void putObject_wrongPayloadHash_isRefused(int size) {
    assertError(
        root.request("PUT", "/bucket/bad")
            .contentSha256("0".repeat(64))
            .body(new byte[size])
            .send(),
        400,
        "XAmzContentSHA256Mismatch");
  }

  @Test
  void putObject_declaredChecksum_isVerifiedStoredAndReturned() {
    // CRC-32C of "123456789" is e3069283.
    Answer put =
        root.request("PUT", "/bucket/crc")
            .header("x-amz-checksum-crc32c", "4waSgw==")
            .body("123456789")
            .send();
    assertThat(put.header("x-amz-checksum-crc32c")).isEqualTo("4waSgw==");
    Answer get = root.request("GET", "/bucket/crc").header("x-amz-checksum-mode", "ENABLED").send();
    assertThat(get.header("x-amz-checksum-crc32c")).isEqualTo("4waSgw==");
    assertThat(root.get("/bucket/crc").header("x-amz-checksum-crc32c")).isNull();
    assertError(
        root.request("PUT", "/bucket/crc")
            .header("x-amz-checksum-crc32c", "4waSgA==")
            .body("123456789")
            .send(),
        400,
        "BadDigest");
  }

  @Test
  void putObject_unsignedChunksWithTrailer_isVerified() {
    String wire = "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32c:4waSgw==\r\n\r\n";
    Answer put =
        root.request("PUT", "/bucket/trailer")
            .contentSha256("STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            .header("x-amz-decoded-content-length", "9")
            .header("x-amz-trailer", "x-amz-checksum-crc32c")
            .header("Content-Encoding", "aws-chunked")
            .body(wire)
            .send();
    assertThat(put.status()).as(put.body()).isEqualTo(200);
    Answer get = root.get("/bucket/trailer");
    assertThat(get.body()).isEqualTo("123456789");
    assertThat(get.header("Content-Encoding")).isNull();
  }

  @Test
  void putObject_bucketGone_isNoSuchBucket() {
    assertError(root.request("PUT", "/nowhere/k").body("x").send(), 404, "NoSuchBucket");
  }

  @Test
  void putObject_overFiveGiB_isEntityTooLarge() {
    assertError(
        root.request("PUT", "/bucket/huge")
            .contentSha256("STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            .header("x-amz-decoded-content-length", Long.toString((5L << 30) + 1))
            .header("x-amz-trailer", "x-amz-checksum-crc32c")
            .body("0\r\n\r\n")
            .send(),
        400,
        "EntityTooLarge");
  }

  @Test
  void putObject_disksUnavailable_isSlowDown() {
    plane.replica.mood = FakeReplica.Mood.UNAVAILABLE;
    try {
      assertError(
          root.request("PUT", "/bucket/down").body(random(100_000, 1)).send(), 503, "SlowDown");
    } finally {
      plane.replica.mood = FakeReplica.Mood.WELL;
    }
  }

  @Test
  void putObject_oddKeys_areDifferentObjects() {
    for (String key : new String[] {"a//b", "a/../b", "%C3%A9", "e%CC%81", "%2Fx", "a%20b+c"}) {
      put("/bucket/odd/" + key, key.getBytes(StandardCharsets.UTF_8));
    }
    for (String key : new String[] {"a//b", "a/../b", "%C3%A9", "e%CC%81", "%2Fx", "a%20b+c"}) {
      assertThat(root.get("/bucket/odd/" + key).body()).isEqualTo(key);
    }
  }
}
