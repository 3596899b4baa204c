package io.sluice.cluster.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class FirstLayoutTest {
  @Test
  void of_notTold_isThreeOrAsManyAsThereArePlaces() {
    assertThat(FirstLayout.of(null, 5, 1)).isEqualTo(new FirstLayout(3, 5));
    assertThat(FirstLayout.of(null, 2, 4)).isEqualTo(new FirstLayout(2, 2));
    assertThat(FirstLayout.of(null, 1, 2)).isEqualTo(new FirstLayout(2, 1));
    assertThat(FirstLayout.of(1, 3, 1)).isEqualTo(new FirstLayout(1, 3));
  }

  @Test
  void in_whatTextWrote_isReadAgain() {
    FirstLayout first = new FirstLayout(2, 12);
    assertThat(FirstLayout.in(Map.of(FirstLayout.SETTING, first.text()))).contains(first);
    assertThat(FirstLayout.in(Map.of())).isEmpty();
    assertThat(FirstLayout.in(Map.of(FirstLayout.SETTING, "many"))).isEmpty();
  }
}
