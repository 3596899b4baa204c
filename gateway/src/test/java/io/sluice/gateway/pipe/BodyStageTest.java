package io.sluice.gateway.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BodyStageTest {
  /** The metadata refuses more, and only when all of the body has come. */
  private static final long SLICES_OF_A_PART_MAX = 10_000;

  @Test
  void cutBytesMin_largestBody_fitsIntoOnePart() {
    for (long bytes = BodyTerms.PAYLOAD_BYTES_MAX; bytes > 0; bytes /= 2) {
      long slices = bytes / BodyStage.cutBytesMin(bytes) + 1;
      assertThat(slices).as("%s bytes", bytes).isLessThanOrEqualTo(SLICES_OF_A_PART_MAX);
    }
  }
}
