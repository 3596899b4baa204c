package io.sluice.s3.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PercentCodingTest {

  @Test
  void encode_reservedCharacters() {
    assertThat(PercentCoding.encode("a/b c+~(=)ä", true)).isEqualTo("a/b%20c%2B~%28%3D%29%C3%A4");
    assertThat(PercentCoding.encode("a/b", false)).isEqualTo("a%2Fb");
  }

  @Test
  void decode_plus_isASpaceOnlyInAQuery() {
    assertThat(PercentCoding.decodeUtf8("a+b%2B", true)).isEqualTo("a b+");
    assertThat(PercentCoding.decodeUtf8("a+b%2B", false)).isEqualTo("a+b+");
  }

  @ParameterizedTest
  @ValueSource(strings = {"%", "%2", "a%zz", "%-1", "%ff", "%C3", "%ED%A0%80", "\u00ff"})
  void decodeUtf8_malformed_isInvalidUri(String sent) {
    S3Exception error =
        catchThrowableOfType(S3Exception.class, () -> PercentCoding.decodeUtf8(sent, false));
    assertThat(error.code()).isEqualTo(S3ErrorCode.INVALID_URI);
  }

  @Property(tries = 500)
  void decode_ofEncoded_isTheText(@ForAll @StringLength(max = 50) String text) {
    String wellFormed = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    for (boolean keepSlash : new boolean[] {true, false}) {
      String encoded = PercentCoding.encode(wellFormed, keepSlash);
      assertThat(PercentCoding.decodeUtf8(encoded, true)).isEqualTo(wellFormed);
      StringBuilder again = new StringBuilder();
      PercentCoding.appendNormalised(again, encoded, 0, encoded.length(), keepSlash, true);
      assertThat(again.toString()).isEqualTo(encoded);
    }
  }
}
