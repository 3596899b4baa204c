package io.sluice.s3.chunked;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.AwsExamples;
import io.sluice.s3.auth.ChunkSignatures;
import io.sluice.s3.auth.OutgoingRequest;
import io.sluice.s3.auth.PayloadSigning;
import io.sluice.s3.auth.PayloadSigning.Kind;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AwsChunkedDecoderTest {
  private static final Map<String, String> CRC32C = Map.of("x-amz-checksum-crc32c", "sOO8/Q==");

  @Test
  void awsExample_chunkSignatures() {
    OutgoingRequest request = AwsExamples.chunkedPut().add("Content-Length", "66824");
    byte[] body = awsBody(request, Kind.STREAMING_SIGNED, Map.of());
    assertThat(text(body))
        .contains(
            "10000;chunk-signature="
                + "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n",
            "400;chunk-signature="
                + "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n")
        .endsWith(
            "0;chunk-signature="
                + "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n");
    assertThat(body).hasSize(66_824);
    assertThat(AwsChunkedEncoder.encodedLength(Kind.STREAMING_SIGNED, 66_560, 65_536))
        .isEqualTo(66_824);
    AwsChunkedDecoder decoder = AwsChunkedDecoder.forRequest(request, payload(request));
    assertThat(decode(decoder, body)).isEqualTo(awsPayload());
    assertThat(decoder.trailers()).isEmpty();
  }

  @Test
  void awsExample_trailerSignature() {
    OutgoingRequest request =
        AwsExamples.chunkedPut().add("x-amz-trailer", "x-amz-checksum-crc32c");
    byte[] body = awsBody(request, Kind.STREAMING_SIGNED_TRAILER, CRC32C);
    assertThat(text(body))
        .contains(
            "10000;chunk-signature="
                + "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n",
            "400;chunk-signature="
                + "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n")
        .endsWith(
            "0;chunk-signature="
                + "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
                + "x-amz-checksum-crc32c:sOO8/Q==\r\n"
                + "x-amz-trailer-signature:"
                + "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n");
    AwsChunkedDecoder decoder = AwsChunkedDecoder.forRequest(request, payload(request));
    assertThat(decode(decoder, body)).isEqualTo(awsPayload());
    assertThat(decoder.trailers()).isEqualTo(CRC32C);
  }

  @Test
  void awsExample_lineFeedBeforeTheTrailersEnd_isTaken() {
    OutgoingRequest request =
        AwsExamples.chunkedPut().add("x-amz-trailer", "x-amz-checksum-crc32c");
    String body = text(awsBody(request, Kind.STREAMING_SIGNED_TRAILER, CRC32C));
    AwsChunkedDecoder decoder = AwsChunkedDecoder.forRequest(request, payload(request));
    decode(decoder, bytes(body.replace("sOO8/Q==\r\n", "sOO8/Q==\n\r\n")));
    assertThat(decoder.trailers()).isEqualTo(CRC32C);
  }

  @Test
  void decode_view_standsWhereThePayloadStands() {
    byte[] body = bytes("5\r\nhello\r\n0\r\n\r\n");
    ByteBuffer input = ByteBuffer.allocateDirect(body.length + 7).position(7).put(body).flip();
    input.position(7);
    AwsChunkedDecoder decoder = unsigned(5, "");
    decoder.decode(
        input,
        view -> {
          assertThat(view.position()).isEqualTo(10);
          assertThat(view.remaining()).isEqualTo(5);
          assertThat(view.isDirect()).isTrue();
        });
    decoder.finish();
    assertThat(decoder.decodedBytes()).isEqualTo(5);
  }

  @Test
  void decode_unsignedTrailer() {
    AwsChunkedDecoder decoder = unsigned(5, "x-amz-checksum-crc32");
    byte[] decoded =
        decode(decoder, bytes("3\r\nhel\r\n2\r\nlo\r\n0\r\nx-amz-checksum-crc32: abc= \r\n\r\n"));
    assertThat(text(decoded)).isEqualTo("hello");
    assertThat(decoder.trailers()).isEqualTo(Map.of("x-amz-checksum-crc32", "abc="));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\r\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\n\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "\r\nhello\r\n0\r\n\r\n",
        "5;chunk-signature=0\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "8000000000000005\r\nhello\r\n0\r\n\r\n",
        "6\r\nhello!\r\n0\r\n\r\n",
        "4\r\nhell\r\n0\r\n\r\n",
        "0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\nx",
        "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
        ""
      })
  void decode_brokenFramingOrWrongLength_isIncompleteBody(String body) {
    assertCode(() -> decode(unsigned(5, ""), bytes(body)), S3ErrorCode.INCOMPLETE_BODY);
  }

  @Test
  void decode_truncatedAnywhere_isRefused() {
    OutgoingRequest request = put(700, "x-amz-checksum-crc32c");
    byte[] body = body(request, Kind.STREAMING_SIGNED_TRAILER, new byte[700], 300, CRC32C);
    PayloadSigning payload = payload(request);
    for (int length = 0; length < body.length; length++) {
      byte[] cut = Arrays.copyOf(body, length);
      assertCode(
          () -> decode(AwsChunkedDecoder.forRequest(request, payload), cut),
          S3ErrorCode.INCOMPLETE_BODY);
    }
  }

  @Test
  void decode_headerLineWithoutEnd_isRefusedAtTheLimit() {
    AwsChunkedDecoder decoder = unsigned(5, "");
    assertCode(() -> decode(decoder, bytes("0".repeat(1025))), S3ErrorCode.INCOMPLETE_BODY);
  }

  @ParameterizedTest
  @CsvSource({
    "x-amz-checksum-crc32, ''",
    "x-amz-checksum-crc32, x-amz-checksum-crc32c:a",
    "x-amz-checksum-crc32, 'x-amz-checksum-crc32:a;x-amz-checksum-crc32:a'",
    "x-amz-checksum-crc32, 'x-amz-checksum-crc32:a;x-other:b'",
    "x-amz-checksum-crc32, x-amz-checksum-crc32",
    "x-amz-checksum-crc32, :a",
    "'', x-amz-checksum-crc32:a",
    "x-amz-checksum-crc32, 'x-amz-checksum-crc32:a;x-amz-trailer-signature:b'"
  })
  void decode_trailersOtherThanAnnounced_isMalformedTrailer(String announced, String sent) {
    String lines = sent.isEmpty() ? "" : sent.replace(";", "\r\n") + "\r\n";
    assertCode(
        () -> decode(unsigned(0, announced), bytes("0\r\n" + lines + "\r\n")),
        S3ErrorCode.MALFORMED_TRAILER_ERROR);
  }

  @Test
  void decode_trailersWithoutEnd_areRefusedAtTheLimit() {
    String line = "x-amz-checksum-crc32:" + "a".repeat(17_000);
    assertCode(
        () -> decode(unsigned(0, "x-amz-checksum-crc32"), bytes("0\r\n" + line)),
        S3ErrorCode.INCOMPLETE_BODY);
  }

  @Test
  void decode_trailerInAFormWithoutTrailers_isMalformedTrailer() {
    OutgoingRequest request = put(3, "x-amz-checksum-crc32c");
    String body = text(body(request, Kind.STREAMING_SIGNED, new byte[3], 3, Map.of()));
    String more = body.substring(0, body.length() - 2) + "x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n";
    assertCode(
        () -> decode(AwsChunkedDecoder.forRequest(request, payload(request)), bytes(more)),
        S3ErrorCode.MALFORMED_TRAILER_ERROR);
  }

  @Test
  void decode_trailerSignatureLeftOut_isMalformedTrailer() {
    OutgoingRequest request = put(3, "x-amz-checksum-crc32c");
    String body = text(body(request, Kind.STREAMING_SIGNED_TRAILER, new byte[3], 3, CRC32C));
    String less = body.substring(0, body.indexOf("x-amz-trailer-signature")) + "\r\n";
    assertCode(
        () -> decode(AwsChunkedDecoder.forRequest(request, payload(request)), bytes(less)),
        S3ErrorCode.MALFORMED_TRAILER_ERROR);
  }

  @Test
  void decode_forgedChunkSignature_isSignatureDoesNotMatch() {
    OutgoingRequest request = put(10, "");
    String body = text(body(request, Kind.STREAMING_SIGNED, new byte[10], 5, Map.of()));
    int at = body.indexOf("chunk-signature=", 40) + 16;
    String forged = body.substring(0, at) + "0".repeat(64) + body.substring(at + 64);
    assertCode(
        () -> decode(AwsChunkedDecoder.forRequest(request, payload(request)), bytes(forged)),
        S3ErrorCode.SIGNATURE_DOES_NOT_MATCH);
  }

  @Test
  void decode_chunksSwapped_isSignatureDoesNotMatch() {
    OutgoingRequest request = put(10, "");
    byte[] payload = bytes("aaaaabbbbb");
    byte[] body = body(request, Kind.STREAMING_SIGNED, payload, 5, Map.of());
    int chunk = 1 + 17 + 64 + 2 + 5 + 2;
    byte[] swapped = body.clone();
    System.arraycopy(body, 0, swapped, chunk, chunk);
    System.arraycopy(body, chunk, swapped, 0, chunk);
    assertCode(
        () -> decode(AwsChunkedDecoder.forRequest(request, payload(request)), swapped),
        S3ErrorCode.SIGNATURE_DOES_NOT_MATCH);
  }

  @Test
  void decodedLength_missingOrWrong_isRefused() {
    OutgoingRequest request = new OutgoingRequest("PUT", "/", "");
    assertCode(() -> AwsChunkedDecoder.decodedLength(request), S3ErrorCode.MISSING_CONTENT_LENGTH);
    for (String value : List.of("", "-1", "+1", "1e3", "9999999999999999999", "\u0661")) {
      request.set(AwsChunkedDecoder.DECODED_LENGTH, value);
      assertCode(() -> AwsChunkedDecoder.decodedLength(request), S3ErrorCode.INVALID_ARGUMENT);
    }
  }

  static AwsChunkedDecoder unsigned(long length, String trailer) {
    OutgoingRequest request =
        new OutgoingRequest("PUT", "/", "")
            .add("x-amz-content-sha256", Kind.STREAMING_UNSIGNED_TRAILER.wireName())
            .add("x-amz-decoded-content-length", Long.toString(length))
            .add("x-amz-trailer", trailer);
    return AwsChunkedDecoder.forRequest(request, PayloadSigning.ofAnonymous(request));
  }

  static OutgoingRequest put(int length, String trailer) {
    OutgoingRequest request =
        new OutgoingRequest("PUT", "/b/k", "")
            .add("Host", "h")
            .add("x-amz-decoded-content-length", Integer.toString(length));
    return trailer.isEmpty() ? request : request.add("x-amz-trailer", trailer);
  }

  /** Signs a request and makes its body. */
  static byte[] body(
      OutgoingRequest request, Kind kind, byte[] payload, int chunk, Map<String, String> trailers) {
    ChunkSignatures chain = AwsExamples.signer().sign(request, kind.wireName(), AwsExamples.NOW);
    AwsChunkedEncoder encoder = new AwsChunkedEncoder(kind, kind.chunksSigned() ? chain : null);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int at = 0; at < payload.length; at += chunk) {
      int length = Math.min(chunk, payload.length - at);
      out.writeBytes(encoder.chunkHeader(payload, at, length));
      out.write(payload, at, length);
      out.writeBytes(AwsChunkedEncoder.crlf());
    }
    out.writeBytes(encoder.end(trailers));
    return out.toByteArray();
  }

  static PayloadSigning payload(OutgoingRequest request) {
    return AwsExamples.verify(request, AwsExamples.NOW).payload();
  }

  static byte[] decode(AwsChunkedDecoder decoder, byte[] body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    decoder.decode(body, 0, body.length, view -> out.writeBytes(copy(view)));
    decoder.finish();
    return out.toByteArray();
  }

  static byte[] copy(ByteBuffer view) {
    byte[] bytes = new byte[view.remaining()];
    view.get(bytes);
    return bytes;
  }

  private static byte[] awsBody(OutgoingRequest request, Kind kind, Map<String, String> trailers) {
    return body(request, kind, awsPayload(), 65_536, trailers);
  }

  private static byte[] awsPayload() {
    return bytes("a".repeat(66_560));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static void assertCode(ThrowingCallable call, S3ErrorCode code) {
    S3Exception error = catchThrowableOfType(S3Exception.class, call);
    assertThat(error).isNotNull();
    assertThat(error.code()).isEqualTo(code);
  }
}
