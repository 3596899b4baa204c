package io.sluice.s3.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.OutgoingRequest;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserMetadataTest {

  @Test
  void parse_namesInLowerCase_valuesOfOneNameJoined() {
    OutgoingRequest request =
        new OutgoingRequest("PUT", "/", "")
            .add("X-Amz-Meta-Color", " red ")
            .add("x-amz-meta-color", "blue")
            .add("x-amz-metadata-directive", "COPY");
    assertThat(UserMetadata.parse(request)).isEqualTo(Map.of("color", "red,blue"));
    assertThat(UserMetadata.parse(new OutgoingRequest("PUT", "/", ""))).isEmpty();
  }

  @Test
  void parse_limit_countsNamesAndValuesInUtf8() {
    OutgoingRequest fits =
        new OutgoingRequest("PUT", "/", "").add("x-amz-meta-ab", "v".repeat(2046));
    assertThat(UserMetadata.parse(fits)).hasSize(1);
    OutgoingRequest over =
        new OutgoingRequest("PUT", "/", "").add("x-amz-meta-ab", "v".repeat(2047));
    S3Exception error = catchThrowableOfType(S3Exception.class, () -> UserMetadata.parse(over));
    assertThat(error.code()).isEqualTo(S3ErrorCode.METADATA_TOO_LARGE);
    assertThat(error.fields())
        .containsEntry("Size", "2049")
        .containsEntry("MaxSizeAllowed", "2048");
  }

  @ParameterizedTest
  @CsvSource({
    "plain, plain",
    "=?UTF-8?B?w4RNw4RaT05T?=, ÄMÄZONS",
    "=?utf-8?q?=C3=84_b?=, Ä b",
    "=?ISO-8859-1?Q?=C4?=, Ä",
    "a =?UTF-8?B?w4Q=?= =?UTF-8?B?w4Q=?= b, a ÄÄ b",
    "=?UTF-8?B?w4Q=?=x=?UTF-8?B?w4Q=?=, ÄxÄ",
    "=?UTF-8?B?!!?=, =?UTF-8?B?!!?=",
    "=?UTF-8?Q?=C3?=, =?UTF-8?Q?=C3?=",
    "=?UTF-8?Q?=4?=, =?UTF-8?Q?=4?=",
    "=?KOI8-R?Q?a?=, =?KOI8-R?Q?a?=",
    "=?UTF-8?X?a?=, =?UTF-8?X?a?=",
    "=?=?=?, =?=?=?"
  })
  void decode_encodedWords(String header, String text) {
    assertThat(UserMetadata.decode(header)).isEqualTo(text);
  }

  @Test
  void decode_rawBytes_areUtf8OrElseLatin1() {
    String utf8 = new String("你好".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    assertThat(UserMetadata.decode(utf8)).isEqualTo("你好");
    assertThat(UserMetadata.decode("\u00c4")).isEqualTo("Ä");
    assertThat(UserMetadata.decode("你好")).isEqualTo("你好");
  }

  @Test
  void encode_asciiStays_otherIsEncodedWords() {
    assertThat(UserMetadata.encode("plain text")).isEqualTo("plain text");
    assertThat(UserMetadata.encode("ÄMÄZONS")).isEqualTo("=?UTF-8?B?w4RNw4RaT05T?=");
    for (String word : UserMetadata.encode("ß€😀".repeat(30)).split(" ", -1)) {
      assertThat(word.length()).isLessThanOrEqualTo(75);
    }
  }

  @Property(tries = 500)
  void encode_anyText_isAsciiAndReadBack(@ForAll @StringLength(max = 120) String text) {
    String wellFormed = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    String header = UserMetadata.encode(wellFormed);
    assertThat(header.chars()).allMatch(c -> c >= ' ' && c < 0x7F);
    assertThat(EncodedWords.decode(header)).isEqualTo(wellFormed);
  }

  @Property(tries = 1000)
  void decode_noise_neverThrows(@ForAll @StringLength(max = 60) String noise) {
    UserMetadata.decode(noise);
    UserMetadata.decode("=?UTF-8?Q?" + noise + "?=");
    UserMetadata.decode("=?" + noise + "=?");
  }
}
