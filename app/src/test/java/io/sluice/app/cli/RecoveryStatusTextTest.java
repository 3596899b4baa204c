package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class RecoveryStatusTextTest {
  private static String text(String target) throws IOException {
    StringWriter text = new StringWriter();
    String json = "{'targets':[" + target + "]}";
    new RecoveryStatusText(new PrintWriter(text))
        .print(new ObjectMapper().readTree(json.replace('\'', '"')));
    return text.toString();
  }

  @Test
  void print_nothingIsKnown_isNotMet() throws IOException {
    String text =
        text(
            "{'name':'nas','ageSeconds':9,'rpoSeconds':3600,'rpo':'unknown','rtoSeconds':60,"
                + "'rto':'unknown'}");
    assertThat(text).contains("no backup yet", "objective 1 h: nothing is known yet");
    assertThat(text).doesNotContain("objective 1 h: met").doesNotContain("objective 1 min: met");
    assertThat(text("{'name':'nas','rpoSeconds':60,'rpo':'missed'}"))
        .contains("objective 1 min: MISSED");
  }

  @Test
  void print_sample_isNotTakenForTheWhole() throws IOException {
    assertThat(
            text(
                "{'name':'nas','lastVerified':{'at':'T','problems':1,'everyChunk':false,"
                    + "'share':0.1}}"))
        .contains("T, 1 problem; a sample, 10 % of the packs");
    assertThat(text("{'name':'nas','lastVerified':{'at':'T','problems':0,'everyChunk':true}}"))
        .contains("T, 0 problems")
        .doesNotContain("sample");
  }

  @Test
  void print_drillsAndBuckets_sayWhatIsWrong() throws IOException {
    assertThat(
            text(
                "{'name':'nas','lastDrill':{'at':'T2','problem':'photos/a: damaged'},"
                    + "'lastGoodDrill':{'at':'T1','share':0.5,'objects':1,'bytes':10,"
                    + "'bytesPerSecond':2048,'leftOut':1},'buckets':["
                    + "{'name':'photos','backedUp':true,'ageSeconds':60,'objects':2,'bytes':3,"
                    + "'estimatedSeconds':5},{'name':'new','backedUp':false,'ageSeconds':7}]}"))
        .contains(
            "T2, FAILED: photos/a: damaged",
            "T1, a sample of 50 %: 1 object, 10 B at 2.0 KiB/s; 1 object too large for it",
            "1 min ago; at most 2 objects, 3 B, about 5 s",
            "new              NOT in the last backup; made 7 s ago");
  }

  @Test
  void share_isReadable() {
    assertThat(ShareText.of(0.1)).isEqualTo("10 %");
    assertThat(ShareText.of(1)).isEqualTo("100 %");
    assertThat(ShareText.of(0.0025)).isEqualTo("0.25 %");
    assertThat(Counted.of(1, "pack") + Counted.of(0, "pack")).isEqualTo("1 pack0 packs");
    assertThat(Counted.of(1, "copy", "copies") + Counted.of(2, "copy", "copies"))
        .isEqualTo("1 copy2 copies");
  }
}
