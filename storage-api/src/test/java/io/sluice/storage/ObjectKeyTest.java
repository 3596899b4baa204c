package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.storage.ObjectKey.InvalidKeyException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class ObjectKeyTest {
  @Test
  void everyOddKey_isKeptAsItIs() {
    for (String key :
        new String[] {"/", "//", "../a", ".", " ", "a\n", "\u00e4", "a\u0308", "\ud83d\ude00"}) {
      assertThat(new ObjectKey(key).value()).isEqualTo(key);
      assertThat(new ObjectKey(key).toByteString().toStringUtf8()).isEqualTo(key);
    }
  }

  @Test
  void length_isCountedInBytes() {
    assertThat(new ObjectKey("a".repeat(1024)).value()).hasSize(1024);
    assertThat(new ObjectKey("\u00e4".repeat(512)).value()).hasSize(512);
    assertThat(new ObjectKey("\ud83d\ude00".repeat(256)).value()).hasSize(512);
    for (String key :
        new String[] {"a".repeat(1025), "\u00e4".repeat(513), "\ud83d\ude00".repeat(257)}) {
      assertThatThrownBy(() -> new ObjectKey(key))
          .isInstanceOfSatisfying(
              InvalidKeyException.class, failure -> assertThat(failure.isTooLong()).isTrue());
    }
  }

  @Test
  void emptyNulAndHalfCharacters_areRefused() {
    for (String key : new String[] {"", "\0", "a\0b", "\ud83d", "a\ude00", "\ud83dx"}) {
      assertThatThrownBy(() -> new ObjectKey(key))
          .isInstanceOfSatisfying(
              InvalidKeyException.class, failure -> assertThat(failure.isTooLong()).isFalse());
    }
  }

  @Property(tries = 500)
  void order_isThatOfTheBytes(
      @ForAll @StringLength(min = 1, max = 20) String a,
      @ForAll @StringLength(min = 1, max = 20) String b) {
    ObjectKey keyA;
    ObjectKey keyB;
    try {
      keyA = new ObjectKey(a);
      keyB = new ObjectKey(b);
    } catch (InvalidKeyException e) {
      return;
    }
    int expected =
        Arrays.compareUnsigned(
            a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    assertThat(Integer.signum(keyA.compareTo(keyB))).isEqualTo(Integer.signum(expected));
  }
}
