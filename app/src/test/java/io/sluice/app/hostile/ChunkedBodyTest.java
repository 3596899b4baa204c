package io.sluice.app.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.auth.PayloadSigning.Kind;
import java.util.Base64;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** aws-chunked bodies: forged, cut off, and of another length than declared. */
class ChunkedBodyTest extends HostileTest {
  private static final String SIGNATURE = "chunk-signature=";

  /** Small: within the metadata, and in several tiny chunks; large: stored in chunks. */
  enum Size {
    SMALL(30, 10),
    LARGE(CHUNKED_BYTES, 8192);

    final int bytes;
    final int chunkBytes;

    Size(int bytes, int chunkBytes) {
      this.bytes = bytes;
      this.chunkBytes = chunkBytes;
    }
  }

  private static String crc32(byte[] body) {
    CRC32 crc = new CRC32();
    crc.update(body);
    int value = (int) crc.getValue();
    byte[] bytes = {
      (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
    };
    return Base64.getEncoder().encodeToString(bytes);
  }

  private S3Request put(Kind kind, Size size) {
    byte[] body = bytes(size.bytes);
    Map<String, String> trailers =
        kind.trailers() ? Map.of("x-amz-checksum-crc32", crc32(body)) : Map.of();
    return S3Request.put(object("k"), body).chunked(kind, size.chunkBytes, trailers);
  }

  static Stream<Arguments> kindsAndSizes() {
    return Stream.of(Kind.values())
        .filter(Kind::streaming)
        .flatMap(kind -> Stream.of(Size.values()).map(size -> Arguments.of(kind, size)));
  }

  static Stream<Arguments> forgeries() {
    return kindsAndSizes()
        .filter(row -> ((Kind) row.get()[0]).chunksSigned())
        .flatMap(
            row ->
                Stream.of(0, 1, 2, 3)
                    .map(chunk -> Arguments.of(row.get()[0], row.get()[1], chunk)));
  }

  /** Another last digit for the nth signature. */
  private static UnaryOperator<String> forged(int nth) {
    return body -> {
      int at = -1;
      for (int i = 0; i <= nth; i++) {
        at = body.indexOf(SIGNATURE, at + 1);
      }
      int digit = at + SIGNATURE.length() + 63;
      char other = body.charAt(digit) == '0' ? '1' : '0';
      return body.substring(0, digit) + other + body.substring(digit + 1);
    };
  }

  @ParameterizedTest
  @MethodSource("kindsAndSizes")
  void putObject_asItShouldBe_isStored(Kind kind, Size size) {
    RawResponse response = SERVER.exchange(put(kind, size));
    assertThat(response.status()).as("%s", response).isEqualTo(200);
    stored.add("k");
    assertThat(SERVER.exchange(S3Request.get(object("k"))).body()).isEqualTo(bytes(size.bytes));
  }

  /** The last of the four is the empty chunk that ends the body. */
  @ParameterizedTest
  @MethodSource("forgeries")
  void putObject_forgedChunkSignature_isSignatureDoesNotMatch(Kind kind, Size size, int chunk) {
    refused(put(kind, size).spoilBody(forged(chunk)), 403, "SignatureDoesNotMatch");
  }

  @ParameterizedTest
  @MethodSource("forgeries")
  void uploadPart_forgedChunkSignature_isSignatureDoesNotMatch(Kind kind, Size size, int chunk) {
    RawResponse made = SERVER.exchange(S3Request.of("POST", object("m") + "?uploads"));
    String id = String.valueOf(made.xml("UploadId"));
    uploads.add(id);
    S3Request part =
        S3Request.put(object("m") + "?partNumber=1&uploadId=" + id, bytes(size.bytes))
            .chunked(
                kind,
                size.chunkBytes,
                kind.trailers()
                    ? Map.of("x-amz-checksum-crc32", crc32(bytes(size.bytes)))
                    : Map.of());
    refused(part.spoilBody(forged(chunk)), 403, "SignatureDoesNotMatch");
    RawResponse parts = SERVER.exchange(S3Request.get(object("m") + "?uploadId=" + id));
    assertThat(parts.text()).doesNotContain("<PartNumber>");
  }

  @ParameterizedTest
  @MethodSource("kindsAndSizes")
  void putObject_payloadChanged_isRefused(Kind kind, Size size) {
    String code = kind.chunksSigned() ? "SignatureDoesNotMatch" : "BadDigest";
    UnaryOperator<String> flip =
        body -> {
          int at = body.indexOf("\r\n") + 2 + 5;
          return body.substring(0, at) + (char) (body.charAt(at) ^ 1) + body.substring(at + 1);
        };
    refused(put(kind, size).spoilBody(flip), kind.chunksSigned() ? 403 : 400, code);
  }

  @ParameterizedTest
  @MethodSource("kindsAndSizes")
  void putObject_chunksSwapped_isRefused(Kind kind, Size size) {
    UnaryOperator<String> swap =
        body -> {
          int header = body.indexOf("\r\n") + 2;
          int chunk = header + size.chunkBytes + 2;
          return body.substring(chunk, 2 * chunk)
              + body.substring(0, chunk)
              + body.substring(2 * chunk);
        };
    String code = kind.chunksSigned() ? "SignatureDoesNotMatch" : "BadDigest";
    refused(put(kind, size).spoilBody(swap), kind.chunksSigned() ? 403 : 400, code);
  }

  @Test
  void putObject_forgedTrailerSignature_isSignatureDoesNotMatch() {
    UnaryOperator<String> forge =
        body -> body.replaceAll("(x-amz-trailer-signature:).*", "$1" + "0".repeat(64) + "\r");
    for (Size size : Size.values()) {
      S3Request request = put(Kind.STREAMING_SIGNED_TRAILER, size);
      refused(request.spoilBody(forge), 403, "SignatureDoesNotMatch");
    }
  }

  @Test
  void putObject_trailerChangedAfterSigning_isSignatureDoesNotMatch() {
    S3Request request =
        put(Kind.STREAMING_SIGNED_TRAILER, Size.LARGE)
            .spoilBody(body -> body.replaceAll("crc32:.*", "crc32:AAAAAA==\r"));
    refused(request, 403, "SignatureDoesNotMatch");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x-amz-checksum-crc32c:AAAAAA==\r\n", "no colon\r\n", ":\r\n"})
  void putObject_otherTrailerThanAnnounced_isMalformedTrailer(String trailer) {
    S3Request request =
        put(Kind.STREAMING_UNSIGNED_TRAILER, Size.SMALL)
            .spoilBody(
                body -> body.replaceAll("x-amz-checksum-crc32:.*\r\n\r\n", trailer + "\r\n"));
    refused(request, 400, "MalformedTrailerError");
  }

  @Test
  void putObject_trailerWithoutAnnouncement_isMalformedTrailer() {
    S3Request request =
        S3Request.put(object("k"), bytes(30))
            .chunked(Kind.STREAMING_UNSIGNED_TRAILER, 10, Map.of())
            .spoilBody(
                body ->
                    body.substring(0, body.length() - 2) + "x-amz-checksum-crc32:AAAAAA==\r\n\r\n");
    refused(request, 400, "MalformedTrailerError");
  }

  @ParameterizedTest
  @MethodSource("kindsAndSizes")
  void putObject_endMissing_isIncompleteBody(Kind kind, Size size) {
    for (Pattern end :
        new Pattern[] {Pattern.compile("\r\n0[;\r](?s:.*)"), Pattern.compile("\r\n$")}) {
      S3Request request = put(kind, size).spoilBody(body -> end.matcher(body).replaceFirst(""));
      refused(request, 400, "IncompleteBody");
    }
  }

  @ParameterizedTest
  @MethodSource("kindsAndSizes")
  void putObject_cutInAChunk_isIncompleteBody(Kind kind, Size size) {
    S3Request request = put(kind, size).spoilBody(body -> body.substring(0, body.length() / 2));
    refused(request, 400, "IncompleteBody");
  }

  @ParameterizedTest
  @MethodSource("kindsAndSizes")
  void putObject_moreBehindTheEnd_isIncompleteBody(Kind kind, Size size) {
    refused(put(kind, size).spoilBody(body -> body + "more"), 400, "IncompleteBody");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1, 1_000_000})
  void putObject_otherDecodedLength_isIncompleteBody(int difference) {
    for (Size size : Size.values()) {
      int declared = size.bytes + difference;
      S3Request request =
          put(Kind.STREAMING_SIGNED, size)
              .header("x-amz-decoded-content-length", Integer.toString(declared));
      refused(request, 400, "IncompleteBody");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "x", "99999999999999999999", "1.0"})
  void putObject_decodedLengthThatIsNone_isInvalidArgument(String declared) {
    S3Request request =
        put(Kind.STREAMING_SIGNED, Size.SMALL).header("x-amz-decoded-content-length", declared);
    refused(request, 400, "InvalidArgument");
  }

  @Test
  void putObject_withoutDecodedLength_isMissingContentLength() {
    S3Request request =
        S3Request.put(object("k"), utf8("0\r\n\r\n"))
            .contentSha256(Kind.STREAMING_UNSIGNED_TRAILER.wireName())
            .header("content-encoding", "aws-chunked");
    refused(request, 411, "MissingContentLength");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zz\r\n",
        "-a\r\n",
        "fffffffffffffffff\r\n",
        "7fffffffffffffff\r\n",
        "\r\n",
        "a;chunk-signature=00\r\n",
        "0x1e\r\n",
      })
  void putObject_chunkHeaderOfNoForm_isIncompleteBody(String header) {
    S3Request request =
        put(Kind.STREAMING_UNSIGNED_TRAILER, Size.SMALL)
            .spoilBody(body -> header + body.substring(body.indexOf('\n') + 1));
    refused(request, 400, "IncompleteBody");
  }

  @Test
  void putObject_endlessChunkHeader_isIncompleteBody() {
    S3Request request =
        put(Kind.STREAMING_UNSIGNED_TRAILER, Size.LARGE).spoilBody(body -> "a".repeat(100_000));
    refused(request, 400, "IncompleteBody");
  }

  /** The chain starts with the head's signature: it cannot be replayed under another head. */
  @Test
  void putObject_chunksOfAnotherRequest_isSignatureDoesNotMatch() {
    S3Request other = put(Kind.STREAMING_SIGNED, Size.SMALL).header("x-amz-meta-a", "other");
    String wire =
        new String(other.bytes(SERVER.endpoint()), java.nio.charset.StandardCharsets.ISO_8859_1);
    String chunks = wire.substring(wire.indexOf("\r\n\r\n") + 4);
    refused(
        put(Kind.STREAMING_SIGNED, Size.SMALL).spoilBody(body -> chunks),
        403,
        "SignatureDoesNotMatch");
  }
}
