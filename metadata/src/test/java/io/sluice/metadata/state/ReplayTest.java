package io.sluice.metadata.state;

import static io.sluice.metadata.state.Commands.chunk;
import static io.sluice.metadata.state.Commands.copy;
import static io.sluice.metadata.state.Commands.copyObject;
import static io.sluice.metadata.state.Commands.delete;
import static io.sluice.metadata.state.Commands.ifAbsent;
import static io.sluice.metadata.state.Commands.inline;
import static io.sluice.metadata.state.Commands.put;
import static io.sluice.metadata.state.Commands.putChunks;
import static io.sluice.metadata.state.Commands.putInline;
import static io.sluice.metadata.state.Commands.putObject;
import static io.sluice.metadata.state.Commands.raiseHorizon;
import static io.sluice.metadata.state.Shard.code;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.state.rocks.RocksRows;
import io.sluice.metadata.state.rocks.RocksStore;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** INVARIANTS 1, 2 and 5: what a log that is replayed, a retry and a late attempt must not do. */
class ReplayTest {
  private static final ByteString A = chunk(Shard.START_MS, 1);
  private static final ByteString B = chunk(Shard.START_MS, 2);

  @TempDir private Path directory;
  private Shard shard;

  @BeforeEach
  void open() {
    shard = new Shard(directory.resolve("shard"));
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private List<ByteString> garbageChunks() {
    return shard.ask(Queries.garbage()).getGarbage().getItemsList().stream()
        .flatMap(item -> item.getChunkIdsList().stream())
        .toList();
  }

  @Test
  void replay_olderCommandsOntoNewerState_changesNothing() {
    Command putA = shard.command(putChunks("k", A));
    Command putB = shard.command(putChunks("k", B));
    LogPosition first = shard.next();
    Outcome outcomeA = shard.apply(putA);
    LogPosition second = shard.next();
    Outcome outcomeB = shard.apply(putB);
    shard.flush();
    var before = shard.dump();

    // The snapshot the log knows is older than what the store holds.
    shard.crash(directory.resolve("crashed"));
    assertThat(shard.state().applied()).isEqualTo(second);
    assertThat(shard.applyAt(first, putA)).isEqualTo(outcomeA);
    assertThat(shard.applyAt(second, putB)).isEqualTo(outcomeB);

    assertThat(shard.dump()).isEqualTo(before);
    assertThat(garbageChunks()).containsExactly(A);
    assertThat(
            shard
                .ask(Queries.object("k"))
                .getObject()
                .getManifest()
                .getWhole()
                .getSlices(0)
                .getChunkId())
        .isEqualTo(B);
  }

  @Test
  void replay_afterCrashWithoutFlush_givesTheSameState() {
    shard.apply(putChunks("k", A));
    shard.flush();
    LogPosition durable = shard.state().applied();
    Command putB = shard.command(putChunks("k", B));
    Command copied = shard.command(copyObject(copy("k", "copy")));
    LogPosition second = shard.next();
    shard.apply(putB);
    LogPosition third = shard.next();
    shard.apply(copied);
    var before = shard.dump();

    shard.crash(directory.resolve("crashed"));
    assertThat(shard.state().applied()).isEqualTo(durable);
    shard.applyAt(second, putB);
    shard.applyAt(third, copied);
    assertThat(shard.dump()).isEqualTo(before);
  }

  @Test
  void flush_allFamilies_areDurableTogether() {
    shard.apply(putChunks("k", A));
    shard.apply(putInline("i", "x"));
    LogPosition durable = shard.state().applied();
    shard.flush();
    var flushed = shard.dump();
    shard.apply(delete("k"));
    shard.crash(directory.resolve("crashed"));
    assertThat(shard.state().applied()).isEqualTo(durable);
    assertThat(shard.dump()).isEqualTo(flushed);
  }

  @Test
  void skip_recordsThePosition_andNeverGoesBack() throws Exception {
    shard.apply(putInline("k", "x"));
    shard.state().skip(Shard.at(9));
    shard.state().skip(Shard.at(3));
    assertThat(shard.state().applied()).isEqualTo(Shard.at(9));
    Outcome late = shard.applyAt(Shard.at(5), shard.command(delete("k")));
    assertThat(late.hasDone()).isTrue();
    assertThat(shard.ask(Queries.object("k")).hasObject()).isTrue();
  }

  @Test
  void apply_sameCommandAgainAtALaterPosition_isAppliedOnce() {
    ByteString data = ByteString.copyFromUtf8("mine");
    Command put =
        shard.command(
            putObject(put("k", inline(data)).setInlineData(data).setCondition(ifAbsent())));
    Outcome first = shard.apply(put);
    shard.apply(delete("k"));
    Outcome again = shard.apply(put);
    assertThat(again).isEqualTo(first);
    assertThat(shard.ask(Queries.object("k")).getRefusal().getCode())
        .isEqualTo(RefusalCode.NO_SUCH_KEY);
  }

  @Test
  void apply_refusedCommandAgain_isRefusedAgain_evenIfItWouldSucceedNow() {
    shard.apply(putInline("k", "other"));
    ByteString data = ByteString.copyFromUtf8("mine");
    Command put =
        shard.command(
            putObject(put("k", inline(data)).setInlineData(data).setCondition(ifAbsent())));
    assertThat(code(shard.apply(put))).isEqualTo(RefusalCode.PRECONDITION_FAILED);
    shard.apply(delete("k"));
    assertThat(code(shard.apply(put))).isEqualTo(RefusalCode.PRECONDITION_FAILED);
  }

  @Test
  void apply_pastItsDeadline_isRefused() {
    // Attempt 1 is stuck in a paused node; attempt 2 and a newer PUT are acknowledged.
    Command stuck = shard.command(putInline("k", "old"));
    shard.apply(putInline("k", "old"));
    shard.apply(putInline("k", "new"));
    shard.passMs(Shard.DEADLINE_MS + 1);
    shard.apply(putInline("clock", "x"));
    assertThat(code(shard.apply(stuck))).isEqualTo(RefusalCode.DEADLINE_PASSED);
    assertThat(shard.ask(Queries.object("k")).getObject().getInlineData().toStringUtf8())
        .isEqualTo("new");
  }

  @Test
  void apply_retryAfterTheDeadline_stillGivesTheOutcome_untilItExpires() {
    Command put = shard.command(putInline("k", "x"));
    Outcome first = shard.apply(put);
    shard.passMs(Shard.DEADLINE_MS + ShardState.OUTCOME_KEPT_MS - 1000);
    shard.apply(delete("k"));
    assertThat(shard.apply(put)).isEqualTo(first);
    shard.passMs(20_000);
    shard.apply(delete("k"));
    assertThat(code(shard.apply(put))).isEqualTo(RefusalCode.DEADLINE_PASSED);
    assertThat(shard.dump().keySet().stream().filter(r -> r.startsWith(Family.OUTCOMES + " ")))
        .hasSizeLessThan(4);
  }

  @Test
  void shardTime_neverGoesBack_norAheadOfItsLeader() {
    shard.apply(putInline("a", "x"));
    long before = shard.state().shardTimeMs();
    Command fromThePast = shard.command(putInline("b", "x")).toBuilder().setProposedMs(5).build();
    shard.apply(fromThePast);
    assertThat(shard.state().shardTimeMs()).isEqualTo(before);
  }

  @Test
  void apply_commandIdOfWrongLength_isRefused() {
    Command bad =
        shard.command(putInline("a", "x")).toBuilder().setCommandId(ByteString.EMPTY).build();
    assertThat(code(shard.apply(bad))).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(code(shard.apply(shard.command(Command.newBuilder()))))
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
  }

  @Test
  void putObject_chunkBelowTheHorizon_isRefused_whileNamedOnesStay() {
    shard.apply(putChunks("k", A));
    ByteString late = chunk(Shard.START_MS + 5, 3);
    shard.apply(raiseHorizon(Shard.START_MS + 10));
    shard.apply(raiseHorizon(Shard.START_MS + 1));
    assertThat(code(shard.apply(putChunks("late", late))))
        .isEqualTo(RefusalCode.CHUNK_BELOW_HORIZON);
    assertThat(shard.ask(Queries.unreferenced(List.of(A, late))).getUnreferenced())
        .satisfies(found -> assertThat(found.getChunkIdsList()).containsExactly(late));
    // What is named already may be copied, however old.
    assertThat(shard.apply(copyObject(copy("k", "copy"))).hasObject()).isTrue();
    assertThat(shard.apply(putChunks("young", chunk(Shard.START_MS + 10, 4))).hasObject()).isTrue();
  }

  @Test
  void open_ofAnotherShard_orTwice_isRefused() throws Exception {
    shard.apply(putInline("a", "x"));
    shard.flush();
    shard.crash(directory.resolve("copy"));
    Path copy = shard.directory();
    var options =
        new ShardStateOptions(shard.memory(), new SimpleMeterRegistry(), FormatRange.CURRENT);
    assertThatThrownBy(() -> ShardState.open(copy, 0, options))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("LOCK");
    Path original = directory.resolve("shard");
    assertThatThrownBy(() -> ShardState.open(original, 3, options))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not that of shard 3");
    ShardState.open(original, 0, options).close();
  }

  @Test
  void open_newerFormat_isRefusedWithAClearMessage() throws Exception {
    Path newer = directory.resolve("newer");
    try (RocksStore store = RocksStore.open(newer, shard.memory())) {
      try (RocksRows rows = store.latest()) {
        Transaction transaction = new Transaction(rows);
        int next = FormatRange.CURRENT.newest() + 1;
        transaction.put(Family.META, KeyCodec.FORMAT, new byte[] {0, 0, 0, (byte) next});
        store.write(transaction);
      }
    }
    var options =
        new ShardStateOptions(shard.memory(), new SimpleMeterRegistry(), FormatRange.CURRENT);
    assertThatThrownBy(() -> ShardState.open(newer, 0, options))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("written by a newer version (format 3; this version reads up to 2)");
  }
}
