package io.sluice.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.command.ApplyContext;
import io.sluice.metadata.state.command.UndoRows;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.InBackup;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.PutSetting;
import io.sluice.storage.proto.RowKind;
import io.sluice.storage.proto.SettingRecord;
import io.sluice.storage.proto.ShardHeader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No kind of row is added that a backup would not have, without somebody deciding it. */
class UndoRowsTest {
  private static final byte[] VALUE = {1};

  @TempDir private Path directory;

  private static byte[] key(String key) {
    return key.getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @EnumSource
  void family_saysHowABackupHasIt(Family family) {
    assertThat(tags(family)).as("add a rule to %s, see InBackup", family).isNotEmpty();
    Set<InBackup> said = tags(family).stream().map(family::inBackup).collect(Collectors.toSet());
    if (said.contains(InBackup.BY_UNDO)) {
      assertThat(family.hasUndo()).isTrue();
    }
  }

  /** The first bytes of keys that the family has a rule for. */
  private static List<byte[]> tags(Family family) {
    return IntStream.range(0, 128)
        .mapToObj(tag -> new byte[] {(byte) tag, 'x'})
        .filter(key -> hasRule(family, key))
        .toList();
  }

  private static boolean hasRule(Family family, byte[] key) {
    try {
      family.inBackup(key);
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  /** A kind that is undone is found again by its name, and has a row in a backup. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNRECOGNIZED")
  void rowKind_isOfItsFamily_andARowOfABackup(RowKind kind) {
    if (kind != RowKind.OBJECT_ROW) {
      byte[] row = KeyCodec.named(kind, ByteString.copyFromUtf8("x"));
      InBackup how = Family.of(kind).inBackup(row);
      assertThat(how).isIn(InBackup.BY_UNDO, InBackup.BY_HISTORY);
      assertThat(Family.of(kind).undoneKind(row)).isEqualTo(how == InBackup.BY_UNDO ? kind : null);
    }
    String row = kind.name().toLowerCase(Locale.ROOT).replace("_row", "");
    assertThat(BackupRow.getDescriptor().findFieldByName(row)).isNotNull();
  }

  @Test
  void rowKinds_haveHistoriesApart() {
    EnumSet<RowKind> named = EnumSet.allOf(RowKind.class);
    named.removeAll(Set.of(RowKind.OBJECT_ROW, RowKind.UNRECOGNIZED));
    Set<Long> ids = named.stream().map(KeyCodec::pastId).collect(Collectors.toSet());
    assertThat(ids).hasSameSizeAs(named);
  }

  @Test
  void write_rowOfAKindThatNothingIsSaidOf_stopsTheShard() {
    try (Shard shard = Shard.withHistory(directory)) {
      for (Family family : List.of(Family.ACCOUNTS, Family.NODES, Family.BUCKETS)) {
        Transaction rows = new Transaction(shard.state().rows());
        rows.put(family, key("~new"), VALUE);
        assertThatThrownBy(() -> UndoRows.write(context(shard, rows)))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("how a backup has such a row of " + family);
      }
    }
  }

  private static ApplyContext context(Shard shard, Transaction rows) {
    ShardHeader.Builder header =
        ShardHeader.newBuilder().setFormat(FormatRange.HISTORY).setHistoryWindowMs(1);
    return new ApplyContext(rows, shard.next(), shard.nowMs(), header);
  }

  @Test
  void write_whateverChangedTheRow_hasItInTheHistory_andInTheChangeIndex() throws Exception {
    try (Shard shard = Shard.withHistory(directory)) {
      Transaction rows = new Transaction(shard.state().rows());
      rows.put(Family.NODES, key("oname"), VALUE);
      rows.put(Family.NODES, key("nnode"), VALUE);
      rows.delete(Family.ACCOUNTS, key("nnobody"));
      UndoRows.write(context(shard, rows));
      List<String> written = new ArrayList<>();
      rows.writeTo(
          new Transaction.Sink() {
            @Override
            public void deleteRange(Family family, byte[] from, byte[] to) {}

            @Override
            public void put(Family family, byte[] key, byte[] value) {
              written.add(family.name());
            }

            @Override
            public void delete(Family family, byte[] key) {}
          });
      assertThat(written)
          .containsExactlyInAnyOrder("NODES", "NODES", "HISTORY", "HISTORY_QUEUE", "CHANGES");
    }
  }

  @Test
  void deleteRange_ofRowsThatAreUndone_isABug() {
    try (Shard shard = Shard.withHistory(directory)) {
      Transaction rows = new Transaction(shard.state().rows());
      assertThatThrownBy(() -> rows.deleteRange(Family.ACCOUNTS, key("a"), key("z")))
          .isInstanceOf(IllegalStateException.class);
      assertThatCode(() -> rows.deleteRange(Family.UPLOADS, key("a"), key("z")))
          .doesNotThrowAnyException();
    }
  }

  /** Of a row that does not say since when it is, an older pin may be the one that needs it. */
  @Test
  void trimHistory_undoRow_staysUntilNoPinIsOlder_andLeavesThen() {
    try (Shard shard = Shard.withHistory(directory)) {
      shard.apply(setting("one"));
      PinRow first = shard.apply(Commands.pin("first")).getPin();
      shard.apply(Commands.pin("second"));
      shard.apply(setting("two"));
      shard.apply(Commands.trimHistory(10));
      shard.apply(Commands.unpin("second"));
      shard.apply(Commands.trimHistory(10));
      assertThat(valueAt(shard, first)).isEqualTo("one");
      shard.apply(Commands.unpin("first"));
      shard.apply(Commands.trimHistory(10));
      assertThat(shard.dump().keySet()).noneMatch(row -> row.startsWith("HISTORY"));
    }
  }

  private static Command.Builder setting(String value) {
    return Command.newBuilder()
        .setPutSetting(
            PutSetting.newBuilder()
                .setSetting(SettingRecord.newBuilder().setName("s").setValue(value)));
  }

  private static String valueAt(Shard shard, PinRow pin) {
    return Exports.ofNamed(shard, pin.getAt(), List.of(Exports.named(RowKind.SETTING_ROW, "s")), 0)
        .get(0)
        .getSetting()
        .getSetting()
        .getValue();
  }

  /** Nothing of a format that is not active is written, whatever the command. */
  @Test
  void write_beforeTheFormatIsActive_leavesNothing() {
    try (Shard shard = new Shard(directory)) {
      shard.apply(setting("one"));
      shard.apply(Commands.putAccount("ann", "1", "AK"));
      assertThat(shard.dump().keySet())
          .noneMatch(row -> row.startsWith("HISTORY") || row.startsWith("CHANGES"));
    }
  }
}
