package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BucketNameTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "abc",
        "a.b",
        "a-b",
        "my-bucket.example.com",
        "123",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.4a",
        "a--b",
        "a.-b",
        "0123456789012345678901234567890123456789012345678901234567890ab"
      })
  void valid(String name) {
    assertThat(BucketName.isValid(name)).isTrue();
    assertThat(new BucketName(name)).hasToString(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "ab",
        "Abc",
        "a_b",
        "-abc",
        "abc-",
        ".abc",
        "abc.",
        "a..b",
        "1.2.3.4",
        "192.168.5.4",
        "xn--abc",
        "sthree-abc",
        "abc-s3alias",
        "abc--ol-s3",
        "abc.mrap",
        "abc--x-s3",
        "abc--table-s3",
        "abc--monday--snap",
        "abc--snap",
        "a b",
        "a/b",
        "a\u0000b",
        "\u00e4bc",
        "_sluice",
        "0123456789012345678901234567890123456789012345678901234567890abc"
      })
  void invalid(String name) {
    assertThat(BucketName.isValid(name)).isFalse();
    assertThatThrownBy(() -> new BucketName(name)).isInstanceOf(IllegalArgumentException.class);
  }

  @Property(tries = 300)
  void anyText_isJudgedWithoutFailing(@ForAll String name) {
    assertThat(BucketName.isValid(name)).isIn(true, false);
  }

  @Property(tries = 100)
  void upperCase_isNeverValid(@ForAll @AlphaChars @StringLength(min = 3, max = 63) String name) {
    assertThat(BucketName.isValid(name.toUpperCase(java.util.Locale.ROOT))).isFalse();
  }
}
