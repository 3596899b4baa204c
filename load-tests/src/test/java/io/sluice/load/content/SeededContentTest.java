package io.sluice.load.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SeededContentTest {

  @Test
  void fill_anyRange_equalsThatRangeOfTheWhole() {
    byte[] whole = SeededContent.bytes(9, 1000);
    for (int from = 0; from < 40; from++) {
      byte[] range = new byte[100];
      SeededContent.fill(9, from, range, 0, range.length);
      assertThat(range).isEqualTo(Arrays.copyOfRange(whole, from, from + 100));
    }
  }

  @Test
  void stream_readInPieces_isTheSameContent() throws IOException {
    assertThat(SeededContent.stream(9, 3, 500).readAllBytes())
        .isEqualTo(Arrays.copyOfRange(SeededContent.bytes(9, 503), 3, 503));
  }

  @Test
  void bytes_otherSeed_isOtherContent() {
    assertThat(SeededContent.bytes(1, 64)).isNotEqualTo(SeededContent.bytes(2, 64));
  }

  @Test
  void multipartEtag_twoParts_isMd5OfTheirMd5s() {
    byte[] body = SeededContent.bytes(4, 15);
    byte[] digests = new byte[32];
    System.arraycopy(Digests.md5().digest(Arrays.copyOf(body, 10)), 0, digests, 0, 16);
    System.arraycopy(Digests.md5().digest(Arrays.copyOfRange(body, 10, 15)), 0, digests, 16, 16);
    String ofDigests = Digests.etag(digests);
    assertThat(Digests.multipartEtag(body, 10))
        .isEqualTo(ofDigests.substring(0, ofDigests.length() - 1) + "-2\"");
  }
}
