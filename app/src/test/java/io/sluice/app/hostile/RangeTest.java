package io.sluice.app.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranges that are not there, and those that are none. */
class RangeTest extends HostileTest {
  private static final int SIZE = CHUNKED_BYTES;
  private static final byte[] BODY = bytes(SIZE);

  private S3Request get(String range) {
    return S3Request.get(object("k")).header("Range", range);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"bytes=24576-", "bytes=24576-24577", "bytes=-0", "bytes=99999999999999999999-"})
  void getObject_rangeBeyondEnd_isInvalidRange(String range) {
    store("k", BODY);
    RawResponse response = refused(get(range), 416, "InvalidRange");
    assertThat(response.xml("ActualObjectSize")).isEqualTo(Integer.toString(SIZE));
    assertThat(response.xml("RangeRequested")).isEqualTo(range);
  }

  @Test
  void headObject_rangeBeyondEnd_isRangeNotSatisfiable() {
    store("k", BODY);
    refused(S3Request.of("HEAD", object("k")).header("Range", "bytes=24576-"), 416, "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-", "bytes=0-0", "bytes=-1"})
  void getObject_rangeOfNothing_isInvalidRange(String range) {
    store("k", new byte[0]);
    refused(get(range), 416, "InvalidRange");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-2",
        "bytes=0-1,3-4",
        "items=0-1",
        "bytes=0--1",
        "bytes=--1",
        "bytes=1",
        "0-5",
      })
  void getObject_rangeThatIsNone_isTheWholeObject(String range) {
    store("k", BODY);
    RawResponse response = SERVER.exchange(get(range));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(BODY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=24575-", "bytes=24575-99999999999999999999", "bytes=-1"})
  void getObject_rangeThatReachesBeyond_isCut(String range) {
    store("k", BODY);
    RawResponse response = SERVER.exchange(get(range));
    assertThat(response.status()).isEqualTo(206);
    assertThat(response.header("Content-Range")).isEqualTo("bytes 24575-24575/24576");
    assertThat(response.body()).isEqualTo(Arrays.copyOfRange(BODY, SIZE - 1, SIZE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "10001", "-1", "abc", ""})
  void getObject_partNumberOfNoPart_isInvalidArgument(String number) {
    store("k", BODY);
    refused(S3Request.get(object("k") + "?partNumber=" + number), 400, "InvalidArgument");
  }

  @Test
  void getObject_partThatIsNotThere_isInvalidPartNumber() {
    store("k", BODY);
    refused(S3Request.get(object("k") + "?partNumber=2"), 416, "InvalidPartNumber");
  }

  @Test
  void getObject_rangeAndPartNumber_isInvalidRequest() {
    store("k", BODY);
    refused(
        S3Request.get(object("k") + "?partNumber=1").header("Range", "bytes=0-1"),
        400,
        "InvalidRequest");
  }
}
