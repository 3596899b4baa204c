package io.sluice.metadata.state;

import static io.sluice.metadata.state.Shard.code;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.EndCut;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Pin;
import io.sluice.storage.proto.RefusalCode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether anything was applied between a pin of a cut and its end (INVARIANTS 10). */
class CutTest {
  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = Shard.withHistory(directory);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private static Command.Builder pin(String id) {
    return Command.newBuilder().setPin(Pin.newBuilder().setId(id).setHoldMs(500));
  }

  private Outcome end(String id) {
    return shard.apply(Command.newBuilder().setEndCut(EndCut.newBuilder().setId(id)));
  }

  @Test
  void endCut_rightBehindThePin_isDone_alsoTwice() {
    shard.apply(pin("p"));
    assertThat(end("p").hasDone()).isTrue();
    assertThat(end("p").hasDone()).isTrue();
  }

  @Test
  void endCut_somethingWasWrittenBetween_isRefused() {
    shard.apply(pin("p"));
    shard.apply(Commands.putInline("k", "text"));
    assertThat(code(end("p"))).isEqualTo(RefusalCode.CONFLICT);
  }

  @Test
  void endCut_logEntryWithoutACommandBetween_isDone() {
    shard.apply(pin("p"));
    shard.skip();
    assertThat(end("p").hasDone()).isTrue();
  }

  @Test
  void endCut_ofAnotherPin_orOfNone_isRefused() {
    shard.apply(pin("p"));
    shard.apply(pin("q"));
    assertThat(code(end("p"))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(code(end("never"))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(end("q").hasDone()).isTrue();
  }

  @Test
  void endCut_afterARestart_isStillKnown() {
    shard.apply(pin("p"));
    shard.flush();
    shard.reopen();
    assertThat(end("p").hasDone()).isTrue();
  }
}
