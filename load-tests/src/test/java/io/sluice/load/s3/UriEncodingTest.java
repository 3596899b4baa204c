package io.sluice.load.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class UriEncodingTest {

  @Test
  void path_reservedAndNonAscii_areEncodedAndSlashesKept() {
    assertThat(UriEncoding.path("a/b c+ü~")).isEqualTo("a/b%20c%2B%C3%BC~");
  }

  @Test
  void query_severalParameters_areSortedAndHaveEqualsSigns() {
    assertThat(UriEncoding.query(Map.of("uploads", "", "marker", "a/b")))
        .isEqualTo("marker=a%2Fb&uploads=");
  }
}
