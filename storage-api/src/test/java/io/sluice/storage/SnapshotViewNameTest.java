package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotViewNameTest {
  @ParameterizedTest
  @ValueSource(strings = {"photos--monday--snap", "a.b-c--20261121-100000--snap", "a--b--c--snap"})
  void parse_nameOfAView_isItsParts(String name) {
    assertThat(SnapshotViewName.parse(name)).isNotNull().hasToString(name);
  }

  /** The name of a snapshot holds no two hyphens in a row; that of a bucket may. */
  @Test
  void parse_bucketWithTwoHyphens_keepsThem() {
    assertThat(SnapshotViewName.parse("a--b--c--snap"))
        .isEqualTo(new SnapshotViewName("a--b", "c"));
  }

  @Test
  void parse_longestNames_isAView() {
    String name = "b".repeat(63) + "--" + "s".repeat(32) + "--snap";
    assertThat(SnapshotViewName.parse(name)).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--snap",
        "photos--snap",
        "--monday--snap",
        "photos----snap",
        "photos--monday"
      })
  void parse_other_isNull(String name) {
    assertThat(SnapshotViewName.parse(name)).isNull();
  }

  @Test
  void parse_moreThan255Characters_isNull() {
    assertThat(SnapshotViewName.parse("b".repeat(245) + "--abc--snap")).isNull();
  }
}
