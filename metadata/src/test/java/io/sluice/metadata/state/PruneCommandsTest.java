package io.sluice.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.BeginPrune;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.EndPrune;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may prune a place. */
class PruneCommandsTest {
  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = Shard.withHistory(directory);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private Outcome begin(String place, String run, String continues, long seen) {
    return shard.apply(
        Command.newBuilder()
            .setBeginPrune(
                BeginPrune.newBuilder()
                    .setPlace(place)
                    .setRunId(run)
                    .setOwner("node of " + run)
                    .setLeaseMs(1_000)
                    .setContinues(continues)
                    .setSeenRenewals(seen)));
  }

  private void end(String run) {
    shard.apply(
        Command.newBuilder().setEndPrune(EndPrune.newBuilder().setPlace("p").setRunId(run)));
  }

  @Test
  void beginPrune_ofAPlaceThatIsPruned_saysByWhom() {
    assertThat(begin("p", "a", "", 0).getPrune().getRunId()).isEqualTo("a");
    assertThat(begin("p", "b", "", 0).getPrune().getOwner()).isEqualTo("node of a");
    assertThat(begin("q", "b", "", 0).getPrune().getRunId()).isEqualTo("b");
    end("b");
    assertThat(begin("p", "b", "", 0).getPrune().getRunId()).as("not b's to end").isEqualTo("a");
    end("a");
    assertThat(begin("p", "b", "", 0).getPrune().getRunId()).isEqualTo("b");
  }

  @Test
  void beginPrune_continuingARun_getsThePlaceUnlessThatWasRenewed() {
    long seen = begin("p", "a", "", 0).getPrune().getRenewals();
    begin("p", "a", "a", 0);
    assertThat(begin("p", "b", "a", seen).getPrune().getRunId()).isEqualTo("a");
    assertThat(begin("p", "b", "a", seen + 1).getPrune().getRunId()).isEqualTo("b");
  }

  @Test
  void beginPrune_renewalOfARunThatWasTakenOver_isRefused_alsoWhenTheOtherHasEnded() {
    begin("p", "a", "", 0);
    begin("p", "b", "a", 1);
    assertThat(begin("p", "a", "a", 0).getRefusal().getCode())
        .isEqualTo(RefusalCode.BACKUP_TAKEN_OVER);
    end("b");
    assertThat(begin("p", "a", "a", 0).getRefusal().getCode())
        .isEqualTo(RefusalCode.BACKUP_TAKEN_OVER);
  }
}
