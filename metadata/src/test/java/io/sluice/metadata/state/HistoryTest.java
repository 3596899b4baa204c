package io.sluice.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.FormatRange;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CompareObjects;
import io.sluice.storage.proto.DifferencePage;
import io.sluice.storage.proto.FindMoment;
import io.sluice.storage.proto.GarbagePage;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.HistoryTrimmed;
import io.sluice.storage.proto.ListObjects;
import io.sluice.storage.proto.ListPins;
import io.sluice.storage.proto.ListVersions;
import io.sluice.storage.proto.ListedObject;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectPage;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RaiseFormat;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardStatus;
import io.sluice.storage.proto.TrimChanges;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the state was at earlier positions, for as long as it is kept (INVARIANTS 10). */
class HistoryTest {
  private static final long HOUR_MS = 3_600_000;
  private static final ByteString A = Commands.chunk(Shard.START_MS, 1);
  private static final ByteString B = Commands.chunk(Shard.START_MS, 2);

  @TempDir private Path directory;

  private Shard open() {
    return Shard.withHistory(directory);
  }

  private static LogPosition position(Outcome outcome) {
    assertThat(outcome.hasRefusal()).as("%s", outcome).isFalse();
    return outcome.getPosition();
  }

  private static Query.Builder object(String key, LogPosition at) {
    return Query.newBuilder()
        .setGetObject(
            GetObject.newBuilder()
                .setBucketId(Commands.BUCKET)
                .setKey(Commands.key(key))
                .setWithContent(true)
                .setAt(at));
  }

  private static Query.Builder listing(LogPosition at, String after, int max) {
    return Queries.objects(
        Queries.listing("", "", max).setStartAfter(Commands.key(after)).setAt(at));
  }

  private static List<String> keys(Shard shard, ListObjects.Builder listing) {
    return shard.ask(Queries.objects(listing)).getObjects().getObjectsList().stream()
        .map(listed -> listed.getKey().toStringUtf8())
        .toList();
  }

  private static String textAt(Shard shard, String key, LogPosition at) {
    return shard.ask(object(key, at)).getObject().getInlineData().toStringUtf8();
  }

  private static List<PinRow> pins(Shard shard) {
    return shard
        .ask(Query.newBuilder().setListPins(ListPins.getDefaultInstance()))
        .getPins()
        .getPinsList();
  }

  private static ShardStatus status(Shard shard) {
    return shard.ask(Queries.status()).getStatus();
  }

  private static HistoryTrimmed trim(Shard shard, int max) {
    return shard.apply(Commands.trimHistory(max)).getTrimmed();
  }

  @Test
  void getObject_atAnEarlierPosition_isWhatItWas() {
    try (Shard shard = open()) {
      position(shard.apply(Commands.window(HOUR_MS)));
      LogPosition before = shard.state().applied();
      LogPosition first = position(shard.apply(Commands.putInline("k", "one")));
      LogPosition second = position(shard.apply(Commands.putInline("k", "two")));
      LogPosition gone = position(shard.apply(Commands.delete("k")));

      assertThat(shard.ask(object("k", before)).getRefusal().getCode())
          .isEqualTo(RefusalCode.NO_SUCH_KEY);
      assertThat(textAt(shard, "k", first)).isEqualTo("one");
      assertThat(textAt(shard, "k", second)).isEqualTo("two");
      assertThat(shard.ask(object("k", gone)).getRefusal().getCode())
          .isEqualTo(RefusalCode.NO_SUCH_KEY);
      assertThat(shard.ask(object("k", shard.next())).getRefusal().getCode())
          .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    }
  }

  @Test
  void copyObject_sourceOfThePast_hasItsContent() {
    try (Shard shard = open()) {
      shard.apply(Commands.window(HOUR_MS));
      shard.apply(Commands.putChunks("chunked", A));
      LogPosition then = position(shard.apply(Commands.putInline("inline", "one")));
      shard.apply(Commands.putChunks("chunked", B));
      shard.apply(Commands.delete("inline"));

      position(shard.apply(copyOf("chunked", "c", then)));
      position(shard.apply(copyOf("inline", "i", then)));
      assertThat(textAt(shard, "i", shard.state().applied())).isEqualTo("one");
      assertThat(shard.ask(Queries.object("c")).getObject().getManifest())
          .isEqualTo(shard.ask(object("chunked", then)).getObject().getManifest());
      assertThat(shard.apply(copyOf("none", "n", then)).getRefusal().getCode())
          .isEqualTo(RefusalCode.NO_SUCH_KEY);
      // What was copied stays when the source is in no history any more.
      shard.apply(Commands.window(0));
      shard.passMs(HOUR_MS);
      trim(shard, 100);
      assertThat(shard.ask(Queries.garbage()).getGarbage().getItemsList()).isEmpty();
    }
  }

  @Test
  void copyObject_sourceOfAMomentThatIsNotKept_isRefused() {
    try (Shard shard = open()) {
      LogPosition then = position(shard.apply(Commands.putInline("k", "one")));
      shard.apply(Commands.putInline("k", "two"));
      assertThat(shard.apply(copyOf("k", "copy", then)).getRefusal().getCode())
          .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    }
  }

  private static Command.Builder copyOf(String from, String to, LogPosition then) {
    return Commands.copyObject(Commands.copy(from, to).clearExpectedSource().setSourceAt(then));
  }

  @Test
  void listVersions_atAnEarlierPosition_areThoseOfThen() {
    try (Shard shard = open()) {
      shard.apply(Commands.window(HOUR_MS));
      shard.apply(Commands.putInline("a", "a"));
      LogPosition then = position(shard.apply(Commands.putInline("b", "b")));
      shard.apply(Commands.delete("a"));
      shard.apply(Commands.putInline("c", "c"));
      ListVersions list =
          ListVersions.newBuilder().setBucketId(Commands.BUCKET).setMax(1).setAt(then).build();
      ObjectPage first = shard.ask(Query.newBuilder().setListVersions(list)).getObjects();
      assertThat(first.getObjects(0).getKey()).isEqualTo(Commands.key("a"));
      assertThat(first.getNextVersionId()).isEqualTo("null");
      ObjectPage rest =
          shard
              .ask(
                  Query.newBuilder()
                      .setListVersions(list.toBuilder().setKeyMarker(first.getNext()).setMax(1000)))
              .getObjects();
      assertThat(rest.getObjectsList())
          .extracting(listed -> listed.getKey().toStringUtf8())
          .containsExactly("b");
      assertThat(rest.getTruncated()).isFalse();
    }
  }

  @Test
  void listObjects_atAnEarlierPosition_hasPrefixesAndPagesOfThen() {
    try (Shard shard = open()) {
      shard.apply(Commands.window(HOUR_MS));
      for (String key : List.of("a", "b/1", "b/2", "c", "c1")) {
        shard.apply(Commands.putInline(key, key));
      }
      LogPosition then = shard.state().applied();
      shard.apply(Commands.delete("b/2"));
      shard.apply(Commands.delete("c"));
      shard.apply(Commands.putInline("c1", "newer"));
      shard.apply(Commands.putInline("b/3", "younger"));

      assertThat(keys(shard, Queries.listing("", "", 1000).setAt(then)))
          .containsExactly("a", "b/1", "b/2", "c", "c1");
      assertThat(keys(shard, Queries.listing("b/", "", 1000).setAt(then)))
          .containsExactly("b/1", "b/2");
      ObjectPage rolled =
          shard.ask(Queries.objects(Queries.listing("", "/", 2).setAt(then))).getObjects();
      assertThat(rolled.getCommonPrefixesList()).containsExactly(Commands.key("b/"));
      assertThat(rolled.getTruncated()).isTrue();
      assertThat(
              keys(shard, Queries.listing("", "/", 2).setAt(then).setStartAfter(rolled.getNext())))
          .containsExactly("c", "c1");
    }
  }

  @Test
  void replace_noWindowAndNoPin_isGarbageAtOnce() {
    try (Shard shard = open()) {
      LogPosition first = position(shard.apply(Commands.putChunks("k", A)));
      shard.apply(Commands.putChunks("k", B));
      assertThat(shard.ask(Queries.garbage()).getGarbage().getItemsList()).hasSize(1);
      assertThat(status(shard).getHistory()).isZero();
      assertThat(shard.ask(object("k", first)).getRefusal().getCode())
          .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    }
  }

  @Test
  void trim_beforeTheWindowEnds_releasesNothing_andAfterItDoes() {
    try (Shard shard = open()) {
      shard.apply(Commands.window(HOUR_MS));
      LogPosition first = position(shard.apply(Commands.putChunks("k", A)));
      shard.apply(Commands.putChunks("k", B));
      shard.passMs(HOUR_MS - 1_000);
      assertThat(trim(shard, 10).getExamined()).isZero();
      assertThat(shard.ask(object("k", first)).hasObject()).isTrue();
      shard.passMs(2_000);
      assertThat(trim(shard, 10).getReleased()).isEqualTo(1);
      assertThat(shard.ask(object("k", first)).getRefusal().getCode())
          .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
      assertThat(shard.ask(Queries.garbage()).getGarbage().getItemsList()).hasSize(1);
    }
  }

  @Test
  void trim_pinHoldsARow_staysUntilTheLastPinThatNeedsItIsRemoved() {
    try (Shard shard = open()) {
      shard.apply(Commands.putChunks("k", A));
      LogPosition older = shard.apply(Commands.pin("older")).getPin().getAt();
      shard.apply(Commands.pin("newer"));
      shard.apply(Commands.putChunks("k", B));
      trim(shard, 10);
      assertThat(pins(shard)).extracting(PinRow::getObjects).containsExactly(0L, 1L);
      assertThat(pins(shard).get(1).getBytes()).isEqualTo(Commands.MIB);

      shard.apply(Commands.unpin("newer"));
      trim(shard, 10);
      assertThat(shard.ask(object("k", older)).hasObject()).isTrue();
      assertThat(pins(shard)).extracting(PinRow::getObjects).containsExactly(1L);

      shard.apply(Commands.unpin("older"));
      trim(shard, 10);
      assertThat(pins(shard)).isEmpty();
      assertThat(status(shard).getHistory()).isZero();
      assertThat(shard.ask(Queries.garbage()).getGarbage().getItemsList()).hasSize(1);
    }
  }

  @Test
  void trim_inSteps_examinesEachRowOnce() {
    try (Shard shard = open()) {
      for (int i = 0; i < 5; i++) {
        shard.apply(Commands.putInline("k" + i, "old"));
      }
      LogPosition pinned = shard.apply(Commands.pin("p")).getPin().getAt();
      for (int i = 0; i < 5; i++) {
        shard.apply(Commands.putInline("k" + i, "new"));
      }
      assertThat(trim(shard, 3)).extracting(HistoryTrimmed::getMore).isEqualTo(true);
      assertThat(trim(shard, 3).getExamined()).isEqualTo(2);
      assertThat(trim(shard, 3).getExamined()).isZero();
      assertThat(textAt(shard, "k4", pinned)).isEqualTo("old");
      shard.apply(Commands.unpin("p"));
      assertThat(trim(shard, 3).getReleased()).isEqualTo(3);
      assertThat(trim(shard, 3).getReleased()).isEqualTo(2);
      assertThat(pins(shard)).isEmpty();
    }
  }

  @Test
  void pin_again_isTheSame_andBeyondTheLimitRefused() {
    try (Shard shard = open()) {
      PinRow pin = shard.apply(Commands.pin("p")).getPin();
      assertThat(shard.apply(Commands.pin("p")).getPin()).isEqualTo(pin);
      for (int i = 1; i < 1_000; i++) {
        shard.apply(Commands.pin("p" + i));
      }
      assertThat(shard.apply(Commands.pin("one more")).getRefusal().getCode())
          .isEqualTo(RefusalCode.TOO_MANY);
    }
  }

  @Test
  void findMoment_isTheLastChangeAtOrBeforeTheTime() {
    try (Shard shard = open()) {
      shard.apply(Commands.window(HOUR_MS));
      List<LogPosition> positions = new ArrayList<>();
      List<Long> times = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        shard.passMs(1_000);
        positions.add(position(shard.apply(Commands.putInline("k", "text " + i))));
        times.add(shard.nowMs());
        shard.apply(Commands.window(HOUR_MS)); // takes a position, and is no change
      }
      shard.passMs(1_000);
      shard.apply(Commands.window(HOUR_MS));
      for (int i = 0; i < 20; i++) {
        assertThat(moment(shard, times.get(i)).getMoment().getPosition())
            .isEqualTo(positions.get(i));
        assertThat(moment(shard, times.get(i) + 500).getMoment().getPosition())
            .isEqualTo(positions.get(i));
      }
      assertThat(
              shard
                  .ask(object("k", moment(shard, times.get(0) - 1).getMoment().getPosition()))
                  .getRefusal()
                  .getCode())
          .isEqualTo(RefusalCode.NO_SUCH_KEY);
      assertThat(moment(shard, shard.nowMs() + HOUR_MS).getMoment().getPosition())
          .as("a shard's time stands still while nothing is written")
          .isEqualTo(positions.get(19));
    }
  }

  /** What the state was then can't be told from changes that came later. */
  @Test
  void findMoment_beforeTheOldestChangeThatIsLeft_isRefused() {
    try (Shard shard = open()) {
      shard.apply(Commands.window(HOUR_MS));
      List<LogPosition> positions = new ArrayList<>();
      List<Long> times = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        shard.passMs(1_000);
        positions.add(position(shard.apply(Commands.putInline("k", "text " + i))));
        times.add(shard.nowMs());
      }
      shard.apply(
          Command.newBuilder()
              .setTrimChanges(TrimChanges.newBuilder().setBelowIndex(positions.get(5).getIndex())));
      assertThat(moment(shard, times.get(3)).getRefusal().getMessage())
          .contains("the earliest moment is " + Instant.ofEpochMilli(times.get(5)));
      assertThat(moment(shard, times.get(5)).getMoment().getPosition()).isEqualTo(positions.get(5));
      assertThat(moment(shard, times.get(7)).getMoment().getPosition()).isEqualTo(positions.get(7));
    }
  }

  @Test
  void findMoment_nothingWasWrittenSinceTheHistoryBegan_isItsBeginning() {
    try (Shard shard = new Shard(directory)) {
      shard.apply(Commands.putInline("k", "one"));
      shard.passMs(1_000);
      shard.apply(
          Command.newBuilder()
              .setRaiseFormat(RaiseFormat.newBuilder().setFormat(FormatRange.HISTORY)));
      LogPosition begun = shard.state().applied();
      long since = shard.nowMs();
      assertThat(moment(shard, since + 10).getMoment().getPosition()).isEqualTo(begun);
      assertThat(moment(shard, since - 10).getRefusal().getCode())
          .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
    }
  }

  /** Rows that are younger cost as much as others, and a page that met only such goes on. */
  @Test
  void listAndCompare_moreYoungerRowsThanAPageGoesThrough_goOnBehindThem() {
    try (Shard shard = open()) {
      shard.apply(Commands.window(HOUR_MS));
      shard.apply(Commands.putInline("z", "then"));
      LogPosition then = shard.state().applied();
      for (int i = 0; i < 20_100; i++) {
        shard.apply(Commands.putInline("k%05d".formatted(i), ""));
      }
      ObjectPage first = shard.ask(listing(then, "", 10)).getObjects();
      assertThat(first.getObjectsList()).isEmpty();
      assertThat(first.getTruncated()).isTrue();
      assertThat(first.getNext().toStringUtf8()).isEqualTo("k19999");
      ObjectPage second = shard.ask(listing(then, first.getNext().toStringUtf8(), 10)).getObjects();
      assertThat(second.getObjectsList())
          .extracting(object -> object.getKey().toStringUtf8())
          .containsExactly("z");
      assertThat(second.getTruncated()).isFalse();

      long differences = 0;
      int pages = 0;
      ByteString after = ByteString.EMPTY;
      DifferencePage page;
      do {
        page =
            shard
                .ask(
                    Query.newBuilder()
                        .setCompareObjects(
                            CompareObjects.newBuilder()
                                .setBucketId(Commands.BUCKET)
                                .setFrom(then)
                                .setStartAfter(after)
                                .setMax(1_000)))
                .getDifferences();
        differences += page.getDifferencesCount();
        after = page.getNext();
        pages++;
      } while (page.getTruncated());
      assertThat(differences).isEqualTo(20_100);
      assertThat(pages).isEqualTo(21);
    }
  }

  private static Answer moment(Shard shard, long timeMs) {
    return shard.ask(Query.newBuilder().setFindMoment(FindMoment.newBuilder().setTimeMs(timeMs)));
  }

  /** What each position showed when it was the newest, against what it shows later. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void read_randomCommandsPinsAndTrims_isAlwaysWhatItWas(long seed) {
    ShardModel model = new ShardModel();
    NavigableMap<LogPosition, Map<String, ObjectAnswer>> states = new TreeMap<>(Positions.ORDER);
    Map<String, LogPosition> pinned = new TreeMap<>();
    try (Shard shard = open()) {
      RandomCommands random = new RandomCommands(seed, model, shard);
      for (int i = 0; i < 300; i++) {
        Command command = shard.command(random.next());
        model.apply(command);
        shard.apply(command);
        states.put(shard.state().applied(), current(shard));
        if (random.chance(12)) {
          shard.apply(Commands.window(random.below(3) * 40L));
        }
        if (random.chance(15)) {
          PinRow pin = shard.apply(Commands.pin("pin " + i)).getPin();
          pinned.put(pin.getId(), pin.getAt());
          states.put(pin.getAt(), current(shard));
        }
        if (random.chance(20) && !pinned.isEmpty()) {
          String id = List.copyOf(pinned.keySet()).get(random.below(pinned.size()));
          pinned.remove(id);
          shard.apply(Commands.unpin(id));
        }
        if (random.chance(6)) {
          trim(shard, 1 + random.below(5));
        }
        if (random.chance(10)) {
          collect(shard, model);
        }
        if (random.chance(10)) {
          checkPast(shard, states, new HashSet<>(pinned.values()), "seed " + seed + ", " + i);
        }
      }
      pinned.keySet().forEach(id -> shard.apply(Commands.unpin(id)));
      shard.apply(Commands.window(0));
      while (trim(shard, 100).getExamined() > 0) {
        // until nothing is left to look at
      }
      collect(shard, model);
      assertThat(status(shard).getHistory()).isZero();
      assertThat(pins(shard)).isEmpty();
      assertThat(shard.dump().keySet())
          .noneMatch(row -> row.startsWith("HISTORY") || row.startsWith("GARBAGE"));
      assertThat(model.garbage()).as("all that the model has dropped is gone").isEmpty();
    }
  }

  private static void collect(Shard shard, ShardModel model) {
    GarbagePage page = shard.ask(Queries.garbage()).getGarbage();
    page.getItemsList().forEach(item -> model.forgotten.addAll(item.getChunkIdsList()));
    shard.apply(Commands.forget(page));
  }

  private static Map<String, ObjectAnswer> current(Shard shard) {
    return read(shard, null);
  }

  private static void checkPast(
      Shard shard,
      NavigableMap<LogPosition, Map<String, ObjectAnswer>> states,
      Set<LogPosition> pinned,
      String context) {
    LogPosition since = status(shard).getHistorySince();
    states.forEach(
        (at, expected) -> {
          if (pinned.contains(at) || !Positions.isAfter(since, at)) {
            assertThat(read(shard, at)).as("%s, at %s", context, at).isEqualTo(expected);
          } else {
            assertThat(shard.ask(listing(at, "", 10)).getRefusal().getCode())
                .as("%s, at %s", context, at)
                .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
          }
        });
  }

  /** All objects, page by page, with what they consist of. */
  private static Map<String, ObjectAnswer> read(Shard shard, @Nullable LogPosition at) {
    Map<String, ObjectAnswer> objects = new TreeMap<>();
    String after = "";
    boolean more = true;
    while (more) {
      ObjectPage page =
          at == null
              ? shard
                  .ask(
                      Queries.objects(
                          Queries.listing("", "", 2).setStartAfter(Commands.key(after))))
                  .getObjects()
              : shard.ask(listing(at, after, 2)).getObjects();
      for (ListedObject listed : page.getObjectsList()) {
        String key = listed.getKey().toStringUtf8();
        Answer answer = shard.ask(at == null ? Queries.object(key) : object(key, at));
        assertThat(answer.hasObject()).as("%s at %s: %s", key, at, answer).isTrue();
        assertThat(answer.getObject().getObject().toBuilder().clearHeaders().build())
            .isEqualTo(listed.getObject());
        objects.put(key, answer.getObject());
        after = key;
      }
      more = page.getTruncated();
    }
    return objects;
  }
}
