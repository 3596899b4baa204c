package io.sluice.s3.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.OutgoingRequest;
import io.sluice.s3.auth.PayloadSigning;
import io.sluice.s3.checksum.ContentMd5;
import io.sluice.s3.checksum.DeclaredChecksum;
import io.sluice.s3.checksum.UploadChecksum;
import io.sluice.s3.chunked.AwsChunkedDecoder;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;

/** Whatever a client sends, it is read or answered with an S3 error: nothing else is thrown. */
class HostileHeadersTest {
  private static final List<Consumer<RequestHead>> READERS =
      List.of(
          UserMetadata::parse,
          WriteCondition::parse,
          DeclaredChecksum::parse,
          UploadChecksum::parse,
          ContentMd5::parse,
          PayloadSigning::ofAnonymous,
          AwsChunkedDecoder::decodedLength,
          head -> Preconditions.ofRead(head).check("e", Instant.EPOCH),
          head -> Preconditions.ofCopySource(head).check("e", Instant.EPOCH),
          head -> resolve(ByteRange.parse(head.header("range"))),
          head -> ByteRange.ofCopySource(String.valueOf(head.header("range")), 10));

  @Property(tries = 3000)
  void read_anyHeaders_onlyThrowsS3Exception(
      @ForAll("fields") List<Tuple2<String, String>> fields) {
    OutgoingRequest request = new OutgoingRequest("PUT", "/b/k", "");
    fields.forEach(field -> request.add(field.get1(), field.get2()));
    for (Consumer<RequestHead> reader : READERS) {
      try {
        reader.accept(request);
      } catch (S3Exception expected) {
        assertThat(expected.code().status()).isBetween(304, 501);
      }
    }
  }

  @Provide
  Arbitrary<List<Tuple2<String, String>>> fields() {
    Arbitrary<String> name =
        Arbitraries.of(
            "x-amz-meta-",
            "x-amz-meta-a",
            "if-match",
            "if-none-match",
            "if-modified-since",
            "x-amz-copy-source-if-match",
            "x-amz-checksum-",
            "x-amz-checksum-crc32",
            "x-amz-checksum-type",
            "x-amz-checksum-algorithm",
            "x-amz-sdk-checksum-algorithm",
            "x-amz-trailer",
            "x-amz-content-sha256",
            "x-amz-decoded-content-length",
            "content-md5",
            "range");
    Arbitrary<String> piece =
        Arbitraries.of(
            "\"",
            ",",
            "W/",
            "*",
            "e",
            "=?UTF-8?",
            "B?",
            "Q?",
            "?=",
            "=",
            "bytes=",
            "-",
            "9",
            " ",
            "99999999999999999999",
            "AAAAAA==",
            "x-amz-checksum-crc32",
            "CRC32",
            "SHA1",
            "FULL_OBJECT",
            "\u0000",
            "\u00ff",
            "Sun, 06 Nov 1994 08:49:37 GMT");
    Arbitrary<String> value =
        Arbitraries.oneOf(
            piece.list().ofMaxSize(6).map(pieces -> String.join("", pieces)),
            Arbitraries.strings().withCharRange('\u0000', '\u00ff').ofMaxLength(40));
    return Combinators.combine(name, value).as(Tuple::of).list().ofMaxSize(5);
  }

  private static void resolve(ByteRange range) {
    if (range != null) {
      assertThat(range.resolve(10).lengthBytes()).isBetween(1L, 10L);
    }
  }
}
