package io.sluice.metadata.state;

import static io.sluice.metadata.state.Shard.code;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetCluster;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.ListPins;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PinPage;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RaiseFormat;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RegisterNode;
import io.sluice.storage.proto.SetNodeState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** The active format: who may be in the cluster, when it rises, and who stops at it. */
class FormatTest {
  private static final FormatRange NEXT = new FormatRange(1, 2);

  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = new Shard(directory);
    shard.reopen(NEXT);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private static Command.Builder register(String name, int oldest, int newest) {
    NodeRecord node =
        NodeRecord.newBuilder()
            .setName(name)
            .setIncarnation("incarnation of " + name)
            .setOldestFormat(oldest)
            .setFormat(newest)
            .build();
    return Command.newBuilder().setRegisterNode(RegisterNode.newBuilder().setNode(node));
  }

  private static Command.Builder raise(int format) {
    return Command.newBuilder().setRaiseFormat(RaiseFormat.newBuilder().setFormat(format));
  }

  private int active() {
    return shard
        .ask(Query.newBuilder().setGetCluster(GetCluster.getDefaultInstance()))
        .getCluster()
        .getFormat();
  }

  @Test
  void raiseFormat_aNodeDoesNotKnowIt_isRefused() {
    shard.apply(register("n1", 1, 2));
    shard.apply(register("n2", 0, 0));
    Outcome refused = shard.apply(raise(2));
    assertThat(code(refused)).isEqualTo(RefusalCode.CONFLICT);
    assertThat(refused.getRefusal().getMessage()).contains("n2");
    assertThat(shard.state().format()).isEqualTo(1);
  }

  @Test
  void raiseFormat_allNodesKnowIt_staysAcrossRestarts() {
    shard.apply(register("n1", 1, 2));
    shard.apply(register("n2", 1, 2));
    assertThat(shard.apply(raise(2)).hasDone()).isTrue();
    assertThat(active()).isEqualTo(2);
    shard.flush();
    shard.reopen(NEXT);
    assertThat(shard.state().format()).isEqualTo(2);
    assertThat(shard.apply(raise(1)).hasDone()).isTrue();
    assertThat(active()).isEqualTo(2);
  }

  @Test
  void raiseFormat_nodeThatDoesNotKnowItWasRemoved_isDone() {
    shard.apply(register("n1", 1, 2));
    shard.apply(register("n2", 1, 1));
    shard.apply(
        Command.newBuilder()
            .setSetNodeState(
                SetNodeState.newBuilder().setName("n2").setState(NodeRecord.State.NODE_REMOVED)));
    assertThat(shard.apply(raise(2)).hasDone()).isTrue();
  }

  @Test
  void registerNode_tooOldOrTooNewForTheActiveFormat_isRefused() {
    Outcome tooNew = shard.apply(register("n3", 2, 3));
    assertThat(code(tooNew)).isEqualTo(RefusalCode.FORMAT_NOT_ACTIVE);
    assertThat(tooNew.getRefusal().getMessage()).contains("n3 is too new");
    shard.apply(register("n1", 1, 2));
    shard.apply(raise(2));
    Outcome tooOld = shard.apply(register("n2", 1, 1));
    assertThat(code(tooOld)).isEqualTo(RefusalCode.FORMAT_NOT_ACTIVE);
    assertThat(tooOld.getRefusal().getMessage()).contains("n2 is too old");
    assertThat(shard.apply(register("n3", 2, 3)).hasDone()).isTrue();
  }

  /** A program that does not know a family could not open the store: nobody could go back. */
  @Test
  void familiesOfAFormat_areMadeWhenItBecomesActive_andNotBefore() throws Exception {
    shard.apply(Commands.createBucket("b", "ann"));
    shard.flush();
    assertThat(families()).doesNotContain("history", "history_queue", "pins");
    assertThat(shard.ask(Query.newBuilder().setListPins(ListPins.getDefaultInstance())).getPins())
        .isEqualTo(PinPage.getDefaultInstance());
    assertThat(code(shard.apply(Commands.window(1)))).isEqualTo(RefusalCode.FORMAT_NOT_ACTIVE);
    assertThat(code(shard.apply(Commands.pin("p")))).isEqualTo(RefusalCode.FORMAT_NOT_ACTIVE);

    shard.apply(raise(2));
    assertThat(families()).contains("history", "history_queue", "pins");
    assertThat(shard.apply(Commands.window(1)).hasDone()).isTrue();
    shard.flush();
    shard.reopen(NEXT);
    assertThat(shard.apply(Commands.pin("p")).hasPin()).isTrue();
  }

  /** What ended before was let go by whoever ran then, each knowing of it or not. */
  @Test
  void raiseFormat_toThatOfTheHistory_beginsIt() {
    LogPosition before = position(shard.apply(Commands.putInline("k", "one")));
    shard.apply(Commands.putInline("k", "two"));
    Outcome raised = shard.apply(raise(2));
    assertThat(shard.ask(at(before)).getRefusal().getCode()).isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    assertThat(shard.ask(at(position(raised))).getObject().getInlineData().toStringUtf8())
        .isEqualTo("two");
  }

  @Test
  void getObject_atAPosition_beforeThereIsAHistory_isRefused() {
    LogPosition before = position(shard.apply(Commands.putInline("k", "one")));
    assertThat(shard.ask(at(before)).getRefusal().getCode()).isEqualTo(RefusalCode.OUTSIDE_HISTORY);
  }

  private static LogPosition position(Outcome outcome) {
    assertThat(outcome.hasRefusal()).as("%s", outcome).isFalse();
    return outcome.getPosition();
  }

  private static Query.Builder at(LogPosition position) {
    return Query.newBuilder()
        .setGetObject(
            GetObject.newBuilder()
                .setBucketId(Commands.BUCKET)
                .setKey(Commands.key("k"))
                .setWithContent(true)
                .setAt(position));
  }

  private List<String> families() throws RocksDBException {
    try (Options options = new Options()) {
      return RocksDB.listColumnFamilies(options, shard.directory().toString()).stream()
          .map(name -> new String(name, StandardCharsets.US_ASCII))
          .toList();
    }
  }

  /** It would skip what it does not understand, and be another state than the others'. */
  @Test
  void apply_formatThatThisProgramDoesNotKnow_stopsThePeer() {
    shard.reopen(new FormatRange(1, 1));
    assertThatThrownBy(() -> shard.apply(raise(2)))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("uses format 2")
        .hasMessageContaining("knows up to 1");
    assertThatThrownBy(() -> shard.apply(Commands.createBucket("b", "ann")))
        .hasMessageContaining("stopped after a failure");
  }

  @Test
  void apply_commandOfAFormatThatIsNotKnown_stopsThePeer() {
    Command.Builder newer = Commands.createBucket("b", "ann").setFormat(3);
    assertThatThrownBy(() -> shard.apply(newer))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("format 3");
  }

  @Test
  void open_stateOfAFormatThatIsNotKnown_isRefused() {
    shard.apply(raise(2));
    shard.flush();
    assertThatThrownBy(() -> shard.reopen(new FormatRange(1, 1)))
        .hasCauseInstanceOf(IOException.class)
        .hasMessageContaining("written by a newer version (format 2; this version reads up to 1)");
    assertThatThrownBy(() -> shard.reopen(new FormatRange(3, 4)))
        .hasMessageContaining("written by an older version (format 2");
  }
}
