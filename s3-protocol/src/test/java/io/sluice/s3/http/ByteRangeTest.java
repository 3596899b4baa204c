package io.sluice.s3.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {

  @ParameterizedTest
  @CsvSource({
    "bytes=0-9, 100, bytes 0-9/100",
    "bytes=90-, 100, bytes 90-99/100",
    "bytes=-10, 100, bytes 90-99/100",
    "bytes=-1000, 100, bytes 0-99/100",
    "bytes=0-0, 1, bytes 0-0/1",
    "bytes=50-1000, 100, bytes 50-99/100",
    "bytes=0-99999999999999999999999, 100, bytes 0-99/100",
    "bytes=-99999999999999999999999, 100, bytes 0-99/100",
    "BYTES=5-6, 10, bytes 5-6/10",
    "' bytes=5-6 ', 10, bytes 5-6/10"
  })
  void resolve_satisfiable(String header, long length, String contentRange) {
    ByteRange.Resolved range = ByteRange.parse(header).resolve(length);
    assertThat(range.contentRange()).isEqualTo(contentRange);
    assertThat(range.lengthBytes()).isEqualTo(range.last() - range.first() + 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-4",
        "bytes=1-2,3-4",
        "bytes=1",
        "bytes=1-2-3",
        "bytes= 1-2",
        "bytes=1 -2",
        "bytes=--1",
        "bytes=+1-2",
        "items=1-2",
        "bytes=1-\u0662",
        "bytes=0x1-2"
      })
  void parse_malformedOrSeveral_isIgnored(String header) {
    assertThat(ByteRange.parse(header)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=100-, 100",
    "bytes=100-200, 100",
    "bytes=-0, 100",
    "bytes=0-, 0",
    "bytes=-5, 0",
    "bytes=40-50, 0",
    "bytes=99999999999999999999-, 100"
  })
  void resolve_nothingThere_isInvalidRange(String header, long length) {
    S3Exception error =
        catchThrowableOfType(S3Exception.class, () -> ByteRange.parse(header).resolve(length));
    assertThat(error.code()).isEqualTo(S3ErrorCode.INVALID_RANGE);
    assertThat(error.fields())
        .containsEntry("ActualObjectSize", Long.toString(length))
        .containsEntry("RangeRequested", header);
  }

  @Test
  void ofCopySource_isStrict() {
    assertThat(ByteRange.ofCopySource("bytes=2-9", 10).lengthBytes()).isEqualTo(8);
    for (String header : new String[] {"bytes=2-10", "bytes=2-", "bytes=-2", "2-3", "bytes=3-2"}) {
      S3Exception error =
          catchThrowableOfType(S3Exception.class, () -> ByteRange.ofCopySource(header, 10));
      assertThat(error.code()).isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
      assertThat(error.fields()).containsEntry("ArgumentValue", header);
    }
  }
}
