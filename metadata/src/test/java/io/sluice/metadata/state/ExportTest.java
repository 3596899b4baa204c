package io.sluice.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.FormatRange;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.ChangePage;
import io.sluice.storage.proto.ClientPart;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.DeleteObject;
import io.sluice.storage.proto.ExportMark;
import io.sluice.storage.proto.ExportPage;
import io.sluice.storage.proto.ExportRows;
import io.sluice.storage.proto.ListChanges;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.PutSetting;
import io.sluice.storage.proto.RaiseFormat;
import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RowKind;
import io.sluice.storage.proto.SettingRecord;
import io.sluice.storage.proto.ThingName;
import io.sluice.storage.proto.ThingNames;
import io.sluice.storage.proto.TrimChanges;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What backups are made of: everything as it was, and what changed between two moments. */
class ExportTest {
  private static final long HOUR_MS = 3_600_000;

  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = Shard.withHistory(directory);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private static Command.Builder setting(String name, String value) {
    return Command.newBuilder()
        .setPutSetting(
            PutSetting.newBuilder()
                .setSetting(SettingRecord.newBuilder().setName(name).setValue(value)));
  }

  private Refusal refusal(ListChanges.Builder changes) {
    return shard.ask(Exports.changes(changes)).getRefusal();
  }

  private ListChanges.Builder between(LogPosition after, LogPosition to) {
    return ListChanges.newBuilder().setAfter(after).setTo(to);
  }

  private LogPosition now() {
    return shard.state().applied();
  }

  /**
   * Every state that is still kept is what it was; and what changed between any two of them, as it
   * was at the later one, put over the earlier one, is the later one.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void export_randomCommandsPinsAndTrims_isWhatItWas_andChangesLeadFromOneToTheNext(long seed) {
    NavigableMap<LogPosition, Map<ThingName, List<BackupRow>>> states =
        new TreeMap<>(Positions.ORDER);
    Map<String, LogPosition> pinned = new TreeMap<>();
    ShardModel model = new ShardModel();
    RandomCommands random = new RandomCommands(seed, model, shard);
    shard.apply(Commands.window(HOUR_MS));
    for (int i = 0; i < 300; i++) {
      if (random.chance(2)) {
        Command command = shard.command(random.next());
        model.apply(command);
        shard.apply(command);
      } else {
        shard.apply(ofRoot(random));
      }
      states.put(now(), Exports.current(shard));
      if (random.chance(25)) {
        shard.apply(Commands.window(random.below(3) * 60L));
      }
      if (random.chance(12)) {
        pinned.put("pin " + i, shard.apply(Commands.pin("pin " + i)).getPin().getAt());
        states.put(now(), Exports.current(shard));
      }
      if (random.chance(20) && !pinned.isEmpty()) {
        String id = List.copyOf(pinned.keySet()).get(random.below(pinned.size()));
        pinned.remove(id);
        shard.apply(Commands.unpin(id));
      }
      if (random.chance(6)) {
        shard.apply(Commands.trimHistory(1 + random.below(5)));
      }
      if (random.chance(30)) {
        shard.apply(trimChanges(Math.max(1, now().getIndex() - 40)));
      }
      if (random.chance(15)) {
        check(states, pinned, random, "seed %d, step %d".formatted(seed, i));
      }
    }
    pinned.keySet().forEach(id -> shard.apply(Commands.unpin(id)));
    shard.apply(Commands.window(0));
    while (shard.apply(Commands.trimHistory(100)).getTrimmed().getExamined() > 0) {
      // until nothing is left to look at
    }
    assertThat(shard.dump().keySet()).noneMatch(row -> row.startsWith("HISTORY"));
  }

  private Command.Builder ofRoot(RandomCommands random) {
    String name = "n" + random.below(4);
    return switch (random.below(5)) {
      case 0 -> Commands.putAccount(name, "id of " + name, "key of " + name);
      case 1 -> Commands.removeAccount(name);
      case 2 -> setting(name, random.chance(3) ? "" : "value " + random.below(3));
      case 3 -> Commands.createBucket(name, "owner " + random.below(2));
      default -> {
        Bucket bucket = shard.ask(Queries.bucket(name)).getBucket();
        yield bucket.getDeleting()
            ? Commands.remove(bucket.getId(), name)
            : Commands.mark(bucket.getId(), name);
      }
    };
  }

  private void check(
      NavigableMap<LogPosition, Map<ThingName, List<BackupRow>>> states,
      Map<String, LogPosition> pinned,
      RandomCommands random,
      String context) {
    LogPosition since = shard.ask(Queries.status()).getStatus().getHistorySince();
    List<LogPosition> kept = new ArrayList<>();
    states.forEach(
        (at, expected) -> {
          if (pinned.containsValue(at) || !Positions.isAfter(since, at)) {
            assertThat(Exports.state(shard, at, random.below(4)))
                .as("%s, at %s", context, at)
                .isEqualTo(expected);
            kept.add(at);
          } else {
            assertThat(
                    shard
                        .ask(
                            Exports.export(
                                ExportRows.newBuilder()
                                    .setAt(at)
                                    .setNamed(ThingNames.getDefaultInstance())))
                        .getRefusal()
                        .getCode())
                .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
          }
        });
    for (int i = 0; i < 5 && !kept.isEmpty(); i++) {
      LogPosition to = kept.get(random.below(kept.size()));
      LogPosition after = List.copyOf(states.keySet()).get(random.below(states.size()));
      if (!Positions.isAfter(after, to)) {
        checkChanges(after, to, states, random, context + ", " + after + " to " + to);
      }
    }
  }

  private void checkChanges(
      LogPosition after,
      LogPosition to,
      Map<LogPosition, Map<ThingName, List<BackupRow>>> states,
      RandomCommands random,
      String context) {
    LogPosition since = shard.ask(Queries.status()).getStatus().getChangesSince();
    if (Positions.isAfter(since, after)) {
      assertThat(refusal(between(after, to)).getCode())
          .as(context)
          .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
      return;
    }
    var things = new LinkedHashSet<>(Exports.changed(shard, after, to, 1 + random.below(9)));
    Map<ThingName, List<BackupRow>> built = new HashMap<>();
    states.get(after).forEach((name, rows) -> built.put(name, new ArrayList<>(rows)));
    Exports.put(built, Exports.ofNamed(shard, to, things, random.below(4)));
    assertThat(built).as(context).isEqualTo(states.get(to));
  }

  private static Command.Builder trimChanges(long below) {
    return Command.newBuilder().setTrimChanges(TrimChanges.newBuilder().setBelowIndex(below));
  }

  @Test
  void listChanges_isEachThingOnce_inOrder_andOnlyWhatLiesBetween() {
    shard.apply(Commands.putInline("before", "x"));
    LogPosition after = now();
    shard.apply(Commands.putAccount("ann", "1", "AK"));
    shard.apply(Commands.putInline("k", "one"));
    shard.apply(setting("s", "v"));
    shard.apply(setting("s", "v"));
    shard.apply(Commands.createBucket("b", "ann"));
    shard.apply(Commands.delete("k"));
    shard.apply(Commands.delete("none"));
    LogPosition to = now();
    shard.apply(Commands.putInline("later", "x"));
    assertThat(Exports.changed(shard, after, to, 0))
        .containsExactly(
            Exports.named(RowKind.ACCOUNT_ROW, "ann"),
            Exports.object("k"),
            Exports.named(RowKind.SETTING_ROW, "s"),
            Exports.named(RowKind.BUCKET_ROW, "b"));
    assertThat(Exports.changed(shard, to, to, 0)).isEmpty();
  }

  /** A setting that is put as it is changes nothing. */
  @Test
  void listChanges_sameValueAgain_isNoChange() {
    shard.apply(setting("s", "v"));
    LogPosition after = now();
    shard.apply(setting("s", "v"));
    assertThat(Exports.changed(shard, after, now(), 0)).isEmpty();
    shard.apply(setting("s", "w"));
    assertThat(Exports.changed(shard, after, now(), 0)).hasSize(1);
  }

  @Test
  void listChanges_pageEndsInsideACommand_goesOnThere() {
    for (int i = 0; i < 9; i++) {
      shard.apply(Commands.putInline("k" + i, ""));
    }
    LogPosition after = now();
    List<DeleteObject> all = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      all.add(Commands.deletion("k" + i).build());
    }
    shard.apply(Commands.deleteAll(all));
    assertThat(Exports.changed(shard, after, now(), 4))
        .extracting(thing -> thing.getKey().toStringUtf8())
        .containsExactly("k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8");
  }

  @Test
  void listChanges_ofOneThingChangedOften_endsAPageByWhatItGoesThrough() {
    LogPosition after = now();
    for (int i = 0; i < 5_001; i++) {
      shard.apply(Commands.putInline("k", ""));
    }
    ChangePage first = shard.ask(Exports.changes(between(after, now()))).getChanges();
    assertThat(first.getThingsList()).containsExactly(Exports.object("k"));
    assertThat(first.getTruncated()).isTrue();
    ChangePage second =
        shard
            .ask(Exports.changes(between(after, now()).setStartAfter(first.getNext())))
            .getChanges();
    assertThat(second.getThingsList()).containsExactly(Exports.object("k"));
    assertThat(second.getTruncated()).isFalse();
  }

  @Test
  void listChanges_whatIsNotAllKept_isRefused() {
    shard.apply(Commands.putInline("a", "x"));
    LogPosition first = now();
    shard.apply(Commands.putInline("b", "x"));
    LogPosition second = now();
    shard.apply(Commands.putInline("c", "x"));
    LogPosition third = now();
    assertThat(Exports.changed(shard, first, third, 0)).hasSize(2);
    // What came at the second goes too: the entry there is below.
    shard.apply(trimChanges(third.getIndex()));
    assertThat(refusal(between(first, third)).getCode()).isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    assertThat(Exports.changed(shard, second, third, 0)).containsExactly(Exports.object("c"));
    // Trimming less than was trimmed brings nothing back.
    shard.apply(trimChanges(first.getIndex()));
    assertThat(refusal(between(first, third)).getCode()).isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    // And trimming what is still to come does not hide what comes.
    shard.apply(trimChanges(now().getIndex() + 100));
    LogPosition trimmed = now();
    shard.apply(Commands.putInline("d", "x"));
    assertThat(Exports.changed(shard, trimmed, now(), 0)).containsExactly(Exports.object("d"));
  }

  @Test
  void listChanges_ofDeletions_isWhatWasDeletedInBetween() {
    shard.apply(Commands.putInline("stays", "x"));
    shard.apply(Commands.putInline("goes", "x"));
    LogPosition first = now();
    shard.apply(Commands.putInline("replaced", "x"));
    shard.apply(Commands.delete("goes"));
    shard.apply(Commands.putInline("later", "x"));
    LogPosition second = now();
    shard.apply(Commands.delete("later"));
    shard.apply(Commands.putInline("goes", "again"));
    ListChanges.Builder between = between(first, second).setDeleted(true);
    assertThat(shard.ask(Exports.changes(between)).getChanges().getThingsList())
        .containsExactly(Exports.object("goes"));
  }

  @Test
  void listChanges_beforeTheHistoryBegan_isRefused(@TempDir Path other) {
    try (Shard older = new Shard(other)) {
      older.apply(setting("s", "v")); // leaves no entry
      LogPosition then = older.state().applied();
      older.apply(raiseFormat());
      LogPosition begun = older.state().applied();
      ListChanges.Builder since = between(then, begun);
      assertThat(older.ask(Exports.changes(since)).getRefusal().getCode())
          .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
      assertThat(Exports.changed(older, begun, begun, 0)).isEmpty();
    }
  }

  private static Command.Builder raiseFormat() {
    return Command.newBuilder()
        .setRaiseFormat(RaiseFormat.newBuilder().setFormat(FormatRange.HISTORY));
  }

  @Test
  void listChanges_positionOfAnotherLog_orToCome_isRefused() {
    shard.apply(Commands.putInline("a", "x"));
    LogPosition here = now();
    assertThat(refusal(between(here, shard.next())).getCode())
        .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    assertThat(refusal(between(shard.next(), shard.next())).getCode())
        .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    assertThat(refusal(between(LogPosition.getDefaultInstance(), here)).getCode())
        .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    assertThat(refusal(between(here, shard.nextEpoch())).getCode())
        .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    LogPosition beforeThat = here.toBuilder().setIndex(here.getIndex() - 1).build();
    assertThat(refusal(between(here, beforeThat)).getCode())
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
    // The log goes on from a copy: what the one before it held behind here is not known.
    shard.applyAt(shard.nextEpoch(), shard.command(Commands.putInline("b", "x")));
    assertThat(refusal(between(here, now())).getCode()).isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    assertThat(refusal(between(here, here)).getCode()).isEqualTo(RefusalCode.OUTSIDE_HISTORY);
  }

  @Test
  void listChanges_markerThatIsNone_isRefused() {
    LogPosition after = now();
    shard.apply(Commands.putInline("a", "x"));
    assertThat(refusal(between(after, now()).setStartAfter(ByteString.copyFromUtf8("a"))).getCode())
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(
            refusal(between(after, now()).setStartAfter(ByteString.copyFrom(new byte[16])))
                .getCode())
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
  }

  @Test
  void exportRows_named_saysOfEachWhetherItWasThere() {
    shard.apply(Commands.pin("began"));
    shard.apply(Commands.putAccount("ann", "1", "AK"));
    shard.apply(setting("s", "old"));
    shard.apply(Commands.putInline("k", "one"));
    LogPosition at = shard.apply(Commands.pin("p")).getPin().getAt();
    shard.apply(Commands.removeAccount("ann"));
    shard.apply(setting("s", "new"));
    shard.apply(setting("t", "new"));
    shard.apply(Commands.createBucket("b", "ann"));
    shard.apply(Commands.delete("k"));
    List<ThingName> things =
        List.of(
            Exports.named(RowKind.SETTING_ROW, "t"),
            Exports.object("k"),
            Exports.named(RowKind.ACCOUNT_ROW, "ann"),
            Exports.named(RowKind.BUCKET_ROW, "b"),
            Exports.object("none"),
            Exports.named(RowKind.SETTING_ROW, "s"));
    for (int pageRows = 0; pageRows < 3; pageRows++) {
      List<BackupRow> rows = Exports.ofNamed(shard, at, things, pageRows);
      assertThat(rows).extracting(Exports::name).isEqualTo(things);
      assertThat(rows)
          .extracting(Exports::isThere)
          .containsExactly(false, true, true, false, false, true);
      assertThat(rows.get(2).getAccount().getAccount().getKeys(0).getAccessKey()).isEqualTo("AK");
      assertThat(rows.get(5).getSetting().getSetting().getValue()).isEqualTo("old");
      assertThat(rows.get(1).getObject().getInlineData().toStringUtf8()).isEqualTo("one");
      // With its key, when it is encrypted, and its checksums.
      assertThat(rows.get(1).getObject().getManifest().getWhole().getMd5())
          .isEqualTo(Commands.md5(ByteString.copyFromUtf8("one")));
    }
  }

  @Test
  void exportRows_objectOfManyPartsAndSlices_goesOnInsideIt_inPagesOfAboutAMebibyte() {
    int parts = 60;
    ByteString[] chunks = new ByteString[1_000];
    List<ClientPart> listed = new ArrayList<>();
    shard.apply(Commands.putInline("a", "before"));
    shard.apply(Commands.createUpload("k", "u"));
    for (int number = 1; number <= parts; number++) {
      for (int i = 0; i < chunks.length; i++) {
        chunks[i] = Commands.chunk(shard.nowMs(), number * 10_000L + i);
      }
      Part part = Commands.chunked(6_000_000, chunks);
      shard.apply(Commands.putPart("k", "u", number, part));
      listed.add(Commands.clientPart(number, part));
    }
    assertThat(
            shard
                .apply(
                    Commands.complete(
                        Commands.completion("k", "u", listed.toArray(new ClientPart[0]))))
                .hasObject())
        .isTrue();
    shard.apply(Commands.putInline("z", "behind"));
    LogPosition at = shard.apply(Commands.pin("p")).getPin().getAt();
    shard.apply(Commands.delete("k"));

    ExportRows.Builder all = ExportRows.newBuilder().setAt(at).setAll(Exports.EVERYTHING.get(3));
    ExportPage first = shard.ask(Exports.export(all)).getExported();
    assertThat(first.getNext().getInside()).isTrue();
    assertThat(first.getSerializedSize()).isBetween(900_000, (1 << 20) + 1_000);
    List<BackupRow> rows = Exports.rows(shard, all);
    assertThat(rows).hasSize(3 + parts);
    assertThat(rows.get(2 + parts).getObject().getKey().toStringUtf8()).isEqualTo("z");
    List<LogPosition> wanted =
        rows.get(1).getObject().getManifest().getParts().getPartsList().stream()
            .map(PartRef::getId)
            .toList();
    assertThat(rows.subList(2, 2 + parts))
        .extracting(row -> row.getPart().getId())
        .isEqualTo(wanted);
    assertThat(rows.get(2).getPart().getPart().getSlicesCount()).isEqualTo(1_000);
    List<ThingName> named = List.of(Exports.object("z"), Exports.object("k"), Exports.object("a"));
    assertThat(Exports.ofNamed(shard, at, named, 0)).hasSize(3 + parts);

    // A place inside an object that is none is not taken for another's.
    ExportMark mark = ExportMark.newBuilder().setKey(Commands.key("b")).setInside(true).build();
    Answer wrong = shard.ask(Exports.export(all.setStart(mark)));
    assertThat(wrong.getRefusal().getCode()).isEqualTo(RefusalCode.INVALID_ARGUMENT);
  }

  @Test
  void exportRows_moreYoungerRowsThanAPageGoesThrough_goesOnBehindThem() {
    shard.apply(Commands.window(HOUR_MS));
    shard.apply(Commands.putInline("z", "then"));
    LogPosition then = now();
    for (int i = 0; i < 5_100; i++) {
      shard.apply(Commands.putInline("k%05d".formatted(i), ""));
    }
    ExportRows.Builder all = ExportRows.newBuilder().setAt(then).setAll(Exports.EVERYTHING.get(3));
    ExportPage first = shard.ask(Exports.export(all)).getExported();
    assertThat(first.getRowsList()).isEmpty();
    assertThat(first.getNext().getKey().toStringUtf8()).isEqualTo("k04999");
    assertThat(Exports.rows(shard, all)).hasSize(1);
    ExportPage full = shard.ask(Exports.export(all.setAt(now()).clearStart())).getExported();
    assertThat(full.getRowsCount()).as("rows that are looked up").isEqualTo(1_000);
  }

  @Test
  void exportRows_tooManyNames_orNoneOfAnyKind_isRefused() {
    ThingNames tooMany =
        ThingNames.newBuilder()
            .addAllThings(Collections.nCopies(1_001, Exports.object("k")))
            .build();
    assertThat(
            shard
                .ask(Exports.export(ExportRows.newBuilder().setAt(now()).setNamed(tooMany)))
                .getRefusal()
                .getCode())
        .isEqualTo(RefusalCode.TOO_MANY);
    assertThat(
            shard.ask(Exports.export(ExportRows.newBuilder().setAt(now()))).getRefusal().getCode())
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
  }

  /** It would be found among the rows of another. */
  @Test
  void putSetting_nameWithANul_isRefused() {
    assertThat(shard.apply(setting("a\0b", "v")).getRefusal().getCode())
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(Exports.current(shard)).isEmpty();
  }
}
