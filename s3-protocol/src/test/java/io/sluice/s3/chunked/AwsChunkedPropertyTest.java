package io.sluice.s3.chunked;

import static io.sluice.s3.chunked.AwsChunkedDecoderTest.body;
import static io.sluice.s3.chunked.AwsChunkedDecoderTest.copy;
import static io.sluice.s3.chunked.AwsChunkedDecoderTest.decode;
import static io.sluice.s3.chunked.AwsChunkedDecoderTest.payload;
import static io.sluice.s3.chunked.AwsChunkedDecoderTest.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.OutgoingRequest;
import io.sluice.s3.auth.PayloadSigning;
import io.sluice.s3.auth.PayloadSigning.Kind;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class AwsChunkedPropertyTest {
  private static final Map<String, String> TRAILERS = Map.of("x-amz-checksum-crc32", "AAAAAA==");

  @Property(tries = 300)
  void decode_anySplit_isTheWhole(
      @ForAll @Size(max = 600) byte[] content,
      @ForAll @IntRange(min = 1, max = 200) int chunk,
      @ForAll("streaming") Kind kind,
      @ForAll @Size(min = 1, max = 30) List<@IntRange(min = 1, max = 90) Integer> pieces) {
    OutgoingRequest request = request(kind, content.length);
    byte[] body = body(request, kind, content, chunk, trailers(kind));
    AwsChunkedDecoder decoder = AwsChunkedDecoder.forRequest(request, payload(request));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int piece = 0;
    for (int at = 0; at < body.length; piece++) {
      int length = Math.min(pieces.get(piece % pieces.size()), body.length - at);
      decoder.decode(body, at, length, view -> out.writeBytes(copy(view)));
      at += length;
    }
    decoder.finish();
    assertThat(out.toByteArray()).isEqualTo(content);
    assertThat(decoder.trailers()).isEqualTo(trailers(kind));
    if (!kind.trailers()) {
      assertThat(AwsChunkedEncoder.encodedLength(kind, content.length, chunk))
          .isEqualTo(body.length);
    }
  }

  /** A change of case alone, of a hex digit or a trailer's name, changes nothing that is said. */
  @Property(tries = 1500)
  void decode_byteFlippedInSignedBody_isRefused(
      @ForAll @Size(min = 1, max = 300) byte[] content,
      @ForAll @IntRange(min = 1, max = 100) int chunk,
      @ForAll @IntRange(min = 1, max = 255) int flip,
      @ForAll @IntRange(min = 0, max = 1_000_000) int position,
      @ForAll boolean trailer) {
    Kind kind = trailer ? Kind.STREAMING_SIGNED_TRAILER : Kind.STREAMING_SIGNED;
    OutgoingRequest request = request(kind, content.length);
    byte[] body = body(request, kind, content, chunk, trailers(kind));
    PayloadSigning payload = payload(request);
    int at = position % body.length;
    byte before = body[at];
    body[at] ^= (byte) flip;
    boolean letter = Character.isLetter(before);
    try {
      AwsChunkedDecoder decoder = AwsChunkedDecoder.forRequest(request, payload);
      byte[] decoded = decode(decoder, body);
      if (flip != 0x20 || !letter) {
        fail("taken: byte %d, %02x to %02x", at, before, body[at]);
      }
      assertThat(decoded).isEqualTo(content);
      assertThat(decoder.trailers()).isEqualTo(trailers(kind));
    } catch (S3Exception refused) {
      assertThat(refused.code().status()).isBetween(400, 403);
    }
  }

  @Property(tries = 1000)
  void decode_noise_onlyThrowsS3Exception(
      @ForAll @Size(max = 200) byte[] noise, @ForAll @IntRange(min = 0, max = 3) int length) {
    AwsChunkedDecoder decoder = AwsChunkedDecoderTest.unsigned(length, "x-amz-checksum-crc32");
    try {
      decode(decoder, noise);
      fail("taken");
    } catch (S3Exception refused) {
      assertThat(refused.code().status()).isBetween(400, 403);
    }
  }

  @Provide
  Arbitrary<Kind> streaming() {
    return Arbitraries.of(Kind.values()).filter(Kind::streaming);
  }

  private static Map<String, String> trailers(Kind kind) {
    return kind.trailers() ? TRAILERS : Map.of();
  }

  private static OutgoingRequest request(Kind kind, int length) {
    return put(length, kind.trailers() ? "x-amz-checksum-crc32" : "");
  }
}
