package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class StandbyTextTest {
  private static ObjectNode primary() {
    return JsonNodeFactory.instance.objectNode().put("role", "ordinary").put("epoch", 3);
  }

  @Test
  void promoted_withoutALease_isOnlyThePrimary() {
    assertThat(StandbyCommand.promoted(primary()))
        .isEqualTo("this cluster is the primary, of epoch 3");
  }

  @Test
  void promoted_withALease_saysThatItGoesAlong() {
    ObjectNode role = primary();
    role.putObject("lease").put("url", "file:///mnt/meet").put("seconds", 600).put("epoch", 3);
    assertThat(StandbyCommand.promoted(role))
        .isEqualTo(
            "this cluster is the primary, of epoch 3; the lease of the place goes along: while"
                + " file:///mnt/meet is out of reach for more than 10 min, no write is"
                + " acknowledged; sluice standby lease TARGET none ends it");
  }
}
