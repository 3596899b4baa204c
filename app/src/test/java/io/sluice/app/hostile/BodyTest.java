package io.sluice.app.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.auth.PayloadSigning.Kind;
import java.util.Base64;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are not what the head promised: length, digest, checksum. */
class BodyTest extends HostileTest {
  private static final String HELLO = "hello";

  private record Algorithm(String name, int bytes) {}

  private static final Algorithm[] ALGORITHMS = {
    new Algorithm("crc32", 4),
    new Algorithm("crc32c", 4),
    new Algorithm("crc64nvme", 8),
    new Algorithm("sha1", 20),
    new Algorithm("sha256", 32)
  };

  static Stream<Arguments> algorithms() {
    return Stream.of(ALGORITHMS)
        .flatMap(
            algorithm ->
                IntStream.of(0, 10, CHUNKED_BYTES)
                    .mapToObj(size -> Arguments.of(algorithm.name, algorithm.bytes, size)));
  }

  /** Of the right form, and of no body here. */
  private static String wrong(int bytes) {
    return Base64.getEncoder().encodeToString(bytes(bytes));
  }

  @ParameterizedTest
  @MethodSource("algorithms")
  void putObject_otherChecksumInHeader_isBadDigest(String algorithm, int bytes, int size) {
    S3Request request =
        S3Request.put(object("k"), bytes(size)).header("x-amz-checksum-" + algorithm, wrong(bytes));
    refused(request, 400, "BadDigest");
  }

  @ParameterizedTest
  @MethodSource("algorithms")
  void putObject_otherChecksumInTrailer_isBadDigest(String algorithm, int bytes, int size) {
    S3Request request =
        S3Request.put(object("k"), bytes(size))
            .chunked(
                Kind.STREAMING_UNSIGNED_TRAILER,
                8192,
                Map.of("x-amz-checksum-" + algorithm, wrong(bytes)));
    refused(request, 400, "BadDigest");
  }

  @ParameterizedTest
  @MethodSource("algorithms")
  void uploadPart_otherChecksum_isBadDigest(String algorithm, int bytes, int size) {
    RawResponse made =
        SERVER.exchange(
            S3Request.of("POST", object("k") + "?uploads")
                .header("x-amz-checksum-algorithm", algorithm.toUpperCase(java.util.Locale.ROOT)));
    String id = String.valueOf(made.xml("UploadId"));
    uploads.add(id);
    String part = object("k") + "?partNumber=1&uploadId=" + id;
    refused(
        S3Request.put(part, bytes(size)).header("x-amz-checksum-" + algorithm, wrong(bytes)),
        400,
        "BadDigest");
    RawResponse parts = SERVER.exchange(S3Request.get(object("k") + "?uploadId=" + id));
    assertThat(parts.text()).contains("<ListPartsResult").doesNotContain("<PartNumber>");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "AAAA", "AAAAA===", "AAAAAA==AA", "\u00ff\u00ff", "AAAAAA=="})
  void putObject_checksumOfNoForm_isRefused(String value) {
    // The last one is well-formed and wrong.
    String code = value.equals("AAAAAA==") ? "BadDigest" : "InvalidRequest";
    refused(S3Request.put(object("k"), bytes(10)).header("x-amz-checksum-crc32", value), 400, code);
  }

  @Test
  void putObject_twoChecksums_isInvalidRequest() {
    S3Request request =
        S3Request.put(object("k"), bytes(10))
            .header("x-amz-checksum-crc32", wrong(4))
            .header("x-amz-checksum-sha1", wrong(20));
    refused(request, 400, "InvalidRequest");
  }

  @Test
  void putObject_unknownChecksum_isInvalidRequest() {
    refused(
        S3Request.put(object("k"), bytes(10)).header("x-amz-checksum-md4", wrong(16)),
        400,
        "InvalidRequest");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, CHUNKED_BYTES})
  void putObject_otherMd5_isBadDigest(int size) {
    refused(
        S3Request.put(object("k"), bytes(size)).header("Content-MD5", wrong(16)), 400, "BadDigest");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "AAAA", "d41d8cd98f00b204e9800998ecf8427e", "===="})
  void putObject_malformedMd5_isInvalidDigest(String value) {
    refused(
        S3Request.put(object("k"), bytes(10)).header("Content-MD5", value), 400, "InvalidDigest");
  }

  @Test
  void putObject_refusedOverExisting_keepsTheOld() {
    store("k", utf8(HELLO));
    refused(
        S3Request.put(object("k"), bytes(CHUNKED_BYTES)).header("Content-MD5", wrong(16)),
        400,
        "BadDigest");
    assertThat(SERVER.exchange(S3Request.get(object("k"))).text()).isEqualTo(HELLO);
  }

  @Test
  void putObject_withoutLength_isMissingContentLength() {
    refused(S3Request.put(object("k"), new byte[0]).withoutLength(), 411, "MissingContentLength");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"-5", "+5", "abc", "5 5", "0x5", "5.0", "5, 6", "99999999999999999999", "\u0661"})
  void putObject_lengthThatIsNone_isRefusedAndClosed(String length) {
    S3Request request =
        S3Request.put(object("k"), utf8(HELLO))
            .withoutLength()
            .unsignedHeader("Content-Length", length);
    refusedAndClosed(request);
  }

  @Test
  void putObject_twoLengths_isRefusedAndClosed() {
    S3Request request =
        S3Request.put(object("k"), utf8(HELLO)).unsignedHeader("Content-Length", "6");
    refusedAndClosed(request);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "chunked, gzip", "xchunked", "identity", "chunked, chunked"})
  void putObject_transferEncodingOfNoKind_isRefusedAndClosed(String encoding) {
    S3Request request =
        S3Request.put(object("k"), utf8("5\r\nhello\r\n0\r\n\r\n"))
            .contentSha256(S3Request.UNSIGNED)
            .withoutLength()
            .unsignedHeader("Transfer-Encoding", encoding);
    refusedAndClosed(request);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"zz\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "5\r\nhelloXX0\r\n"})
  void putObject_brokenHttpChunks_storesNothing(String body) {
    S3Request request =
        S3Request.put(object("k"), utf8(body))
            .chunked(Kind.STREAMING_UNSIGNED_TRAILER, 8192, Map.of())
            .spoilBody(encoded -> body)
            .withoutLength()
            .unsignedHeader("Transfer-Encoding", "chunked");
    refusedAndClosed(request);
  }

  private void refusedAndClosed(S3Request request) {
    try (RawConnection connection = SERVER.connect()) {
      connection.trySend(request);
      RawResponse response = connection.readUnlessClosed();
      if (response != null) {
        assertThat(response.status()).as("%s", response).isIn(400, 411, 501);
        assertError(response, response.status(), String.valueOf(response.xml("Code")));
        assertThat(connection.isClosedByServer()).as("closed after %s", response).isTrue();
      }
    }
  }

  @Test
  void putObject_signedBodyLongerThanDeclared_isRefusedAndClosed() {
    S3Request request =
        S3Request.put(object("k"), bytes(100))
            .withoutLength()
            .unsignedHeader("Content-Length", "90");
    try (RawConnection connection = SERVER.connect()) {
      assertError(connection.exchange(request), 400, "XAmzContentSHA256Mismatch");
      assertWhatFollowsIsNoRequest(connection);
    }
  }

  /** What the length says is the body; what follows was never a part of it. */
  @Test
  void putObject_bodyLongerThanDeclared_storesWhatWasDeclared() {
    S3Request request =
        S3Request.put(object("k"), utf8("hello, world\r\n\r\n"))
            .contentSha256(S3Request.UNSIGNED)
            .withoutLength()
            .unsignedHeader("Content-Length", "5");
    try (RawConnection connection = SERVER.connect()) {
      assertThat(connection.exchange(request).status()).isEqualTo(200);
      assertWhatFollowsIsNoRequest(connection);
    }
    stored.add("k");
    assertThat(SERVER.exchange(S3Request.get(object("k"))).text()).isEqualTo(HELLO);
  }

  private static void assertWhatFollowsIsNoRequest(RawConnection connection) {
    connection.send("\r\n\r\n");
    RawResponse response = connection.readUnlessClosed();
    if (response != null) {
      assertThat(response.status()).as("%s", response).isEqualTo(400);
      assertThat(connection.isClosedByServer()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, CHUNKED_BYTES})
  void putObject_bodyShorterThanDeclared_storesNothing(int size) {
    S3Request request =
        S3Request.put(object("k"), bytes(size))
            .contentSha256(S3Request.UNSIGNED)
            .withoutLength()
            .unsignedHeader("Content-Length", Integer.toString(size + 1));
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response = connection.send(request).finishSending().readUnlessClosed();
      if (response != null) {
        assertError(response, 400, "IncompleteBody");
      }
    }
  }

  @Test
  void putObject_largerThanAnyMayBe_isEntityTooLarge() {
    S3Request request =
        S3Request.put(object("k"), new byte[0])
            .contentSha256(S3Request.UNSIGNED)
            .withoutLength()
            .unsignedHeader("Content-Length", Long.toString((5L << 30) + 1));
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response = connection.exchange(request);
      assertError(response, 400, "EntityTooLarge");
      assertThat(response.announcesClose()).isTrue();
    }
  }
}
