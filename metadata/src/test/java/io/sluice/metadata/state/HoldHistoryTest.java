package io.sluice.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.HistoryHold;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A moment that is kept while something reads it, whatever else would let go of it. */
class HoldHistoryTest {
  private static final int HOUR_MS = 3_600_000;
  private static final int RENEW_MS = 60_000;
  private static final ByteString A = Commands.chunk(Shard.START_MS, 1);

  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = Shard.withHistory(directory);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private LogPosition now() {
    return shard.state().applied();
  }

  private void hold(String id, LogPosition at) {
    assertThat(shard.apply(Commands.hold(id, at, RENEW_MS)).hasRefusal()).isFalse();
  }

  private RefusalCode holdRefused(String id, LogPosition at, int renewMs) {
    return shard.apply(Commands.hold(id, at, renewMs)).getRefusal().getCode();
  }

  private int trimmed() {
    return shard.apply(Commands.trimHistory(100)).getTrimmed().getReleased();
  }

  private Answer at(LogPosition at) {
    return shard.ask(
        Query.newBuilder()
            .setGetObject(
                GetObject.newBuilder()
                    .setBucketId(Commands.BUCKET)
                    .setKey(Commands.key("k"))
                    .setWithContent(true)
                    .setAt(at)));
  }

  private String textAt(LogPosition at) {
    return at(at).getObject().getInlineData().toStringUtf8();
  }

  private RefusalCode refusedAt(LogPosition at) {
    return at(at).getRefusal().getCode();
  }

  @Test
  void trimHistory_windowIsOver_keepsWhatIsHeld_untilTheHoldIsEnded() {
    shard.apply(Commands.window(HOUR_MS));
    shard.apply(Commands.putInline("k", "older"));
    shard.apply(Commands.putInline("k", "one"));
    LogPosition then = now();
    hold("r", then);
    shard.apply(Commands.putInline("k", "two"));
    shard.apply(Commands.window(0));
    shard.passMs(10);
    assertThat(trimmed()).as("what ended before the moment").isEqualTo(1);
    assertThat(textAt(then)).isEqualTo("one");
    shard.apply(Commands.endHold("r"));
    assertThat(trimmed()).isEqualTo(1);
    assertThat(refusedAt(then)).isEqualTo(RefusalCode.OUTSIDE_HISTORY);
  }

  @Test
  void trimHistory_holdNotRenewed_letsGo_andRenewed_keeps() {
    shard.apply(Commands.window(HOUR_MS));
    shard.apply(Commands.putInline("k", "one"));
    LogPosition then = now();
    shard.apply(Commands.putInline("k", "two"));
    hold("r", then);
    shard.apply(Commands.window(0));
    shard.passMs(RENEW_MS - 100);
    hold("r", then);
    shard.passMs(RENEW_MS - 100);
    assertThat(trimmed()).isZero();
    assertThat(shard.ask(Queries.status()).getStatus().getHoldsList())
        .extracting(HistoryHold::getId)
        .containsExactly("r");
    shard.passMs(RENEW_MS);
    assertThat(trimmed()).isEqualTo(1);
    assertThat(shard.ask(Queries.status()).getStatus().getHoldsList()).isEmpty();
    assertThat(holdRefused("r", then, RENEW_MS)).isEqualTo(RefusalCode.OUTSIDE_HISTORY);
  }

  @Test
  void trimHistory_pinRemovedWhileItsMomentIsHeld_keepsIt() {
    shard.apply(Commands.putChunks("k", A));
    LogPosition then = shard.apply(Commands.pin("p")).getPin().getAt();
    shard.apply(Commands.putInline("k", "two"));
    shard.passMs(10);
    assertThat(trimmed()).isZero();
    hold("r", then);
    shard.apply(Commands.unpin("p"));
    assertThat(trimmed()).isZero();
    assertThat(at(then).getObject().hasManifest()).isTrue();
    assertThat(shard.ask(Queries.garbage()).getGarbage().getItemsList()).isEmpty();
    shard.apply(Commands.endHold("r"));
    assertThat(trimmed()).isEqualTo(1);
    assertThat(shard.ask(Queries.garbage()).getGarbage().getItemsList()).hasSize(1);
  }

  /** Without a window and without a pin, what a hold does not need goes at once. */
  @Test
  void end_ofWhatAHoldNeeds_isKept_andOfWhatIsYoungerIsNot() {
    shard.apply(Commands.putInline("k", "one"));
    LogPosition then = now();
    hold("r", then);
    shard.apply(Commands.putInline("k", "two"));
    LogPosition later = now();
    shard.apply(Commands.putInline("k", "three"));
    assertThat(textAt(then)).isEqualTo("one");
    assertThat(refusedAt(later)).isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    assertThat(shard.ask(Queries.status()).getStatus().getHistory()).isEqualTo(1);
  }

  @Test
  void trimHistory_twoMomentsHeld_keepsBoth() {
    shard.apply(Commands.window(HOUR_MS));
    shard.apply(Commands.putInline("k", "one"));
    LogPosition first = now();
    shard.apply(Commands.putInline("k", "two"));
    LogPosition second = now();
    shard.apply(Commands.putInline("k", "three"));
    hold("later", second);
    hold("sooner", first);
    shard.apply(Commands.window(0));
    shard.passMs(10);
    assertThat(trimmed()).isZero();
    shard.apply(Commands.endHold("sooner"));
    assertThat(trimmed()).isEqualTo(1);
    assertThat(refusedAt(first)).isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    assertThat(textAt(second)).isEqualTo("two");
  }

  @Test
  void hold_badInput_orTooMany_isRefused() {
    LogPosition then = now();
    assertThat(holdRefused("", then, RENEW_MS)).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(holdRefused("i".repeat(65), then, RENEW_MS)).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(holdRefused("r", then, 0)).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(holdRefused("r", then, HOUR_MS + 1)).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(holdRefused("r", shard.next(), RENEW_MS)).isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    for (int i = 0; i < 16; i++) {
      hold("r" + i, then);
    }
    assertThat(holdRefused("r", then, RENEW_MS)).isEqualTo(RefusalCode.TOO_MANY);
    hold("r7", then);
    shard.passMs(RENEW_MS);
    hold("r", then);
  }
}
