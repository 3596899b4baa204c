package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class MirrorTextTest {
  private static ObjectNode mirror() {
    ObjectNode mirror =
        JsonNodeFactory.instance
            .objectNode()
            .put("name", "m")
            .put("bucket", "photos")
            .put("url", "file:///mnt/mirror")
            .put("prefix", "")
            .put("state", "following")
            .put("objects", 3)
            .put("bytes", 2_048)
            .put("deletes", 1)
            .put("pendingObjects", 0);
    mirror.putArray("failing");
    mirror.putArray("underWay");
    return mirror;
  }

  private static String[] lines(ObjectNode mirror) {
    StringWriter text = new StringWriter();
    MirrorText.print(new PrintWriter(text, true), mirror);
    return text.toString().split(System.lineSeparator());
  }

  @Test
  void line_saysWhatGoesWhere_andHowFarBehindItIs() {
    assertThat(MirrorText.line(mirror())).isEqualTo("m  photos to file:///mnt/mirror, following");
    assertThat(MirrorText.line(mirror().put("prefix", "2026/").put("lagSeconds", 1.6)))
        .isEqualTo("m  photos/2026/ to file:///mnt/mirror, following, 2 s behind");
  }

  @Test
  void print_nothingInItsWay_isTwoLines() {
    assertThat(lines(mirror()))
        .containsExactly(
            "m  photos to file:///mnt/mirror, following",
            "  sent 3 objects (" + SizeText.of(2_048) + "), deleted 1; 0 waiting, 0 can't be sent");
  }

  @Test
  void print_oneOfAThing_isNotMany() {
    ObjectNode mirror =
        mirror()
            .put("arn", "arn:sluice:replication::m:b")
            .put("rules", 1)
            .put("objects", 1)
            .put("left", 1)
            .put("replicas", 1)
            .put("lagSeconds", 7_250);
    assertThat(lines(mirror))
        .containsExactly(
            "m (replication)  photos to file:///mnt/mirror, following, 2 h behind",
            "  to arn:sluice:replication::m:b by 1 rule of the bucket's replication configuration",
            "  sent 1 object (2.0 KiB), deleted 1; 0 waiting, 0 can't be sent",
            "  there and not in the bucket: 1 object",
            "  from a mirror, and not sent on: 1 object");
  }

  @Test
  void print_namesWhatTakesLong_whatFails_andWhatIsNotTouched() {
    ObjectNode mirror =
        mirror()
            .put("left", 2)
            .put("replicas", 4)
            .put("lastError", "no space")
            .put("lastErrorAt", "2026-11-22T09:00:00Z");
    mirror
        .withArray("failing")
        .addObject()
        .put("key", "k")
        .put("since", "2026-11-22T08:00:00Z")
        .put("message", "its key is too long");
    mirror.withArray("underWay").addObject().put("key", "l").put("since", "2026-11-22T07:00:00Z");
    assertThat(lines(mirror))
        .contains(
            "  there and not in the bucket: 2 objects",
            "  from a mirror, and not sent on: 4 objects",
            "  last error, 2026-11-22T09:00:00Z: no space",
            "  takes long, since 2026-11-22T07:00:00Z: l",
            "  can't be sent since 2026-11-22T08:00:00Z: k: its key is too long");
  }
}
