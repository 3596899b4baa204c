package io.sluice.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CompareObjects;
import io.sluice.storage.proto.DifferencePage;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.ListBuckets;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectDifference;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RestoreObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Going back to an earlier moment, and telling what that would change. */
class RestoreObjectTest {
  private static final long HOUR_MS = 3_600_000;
  private static final ByteString A = Commands.chunk(Shard.START_MS, 1);
  private static final ByteString B = Commands.chunk(Shard.START_MS, 2);

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

  private DifferencePage compare(LogPosition from, String after, int max) {
    return shard
        .ask(
            Query.newBuilder()
                .setCompareObjects(
                    CompareObjects.newBuilder()
                        .setBucketId(Commands.BUCKET)
                        .setFrom(from)
                        .setStartAfter(Commands.key(after))
                        .setMax(max)))
        .getDifferences();
  }

  private List<ObjectDifference> compareAll(LogPosition from, int page) {
    List<ObjectDifference> all = new ArrayList<>();
    String after = "";
    boolean more = true;
    while (more) {
      DifferencePage next = compare(from, after, page);
      all.addAll(next.getDifferencesList());
      after = next.getNext().toStringUtf8();
      more = next.getTruncated();
    }
    return all;
  }

  private static Command.Builder restore(ObjectDifference difference, LogPosition at) {
    return Command.newBuilder()
        .setRestoreObject(
            RestoreObject.newBuilder()
                .setBucketId(Commands.BUCKET)
                .setKey(difference.getKey())
                .setExpected(difference.getAfter().getVersion())
                .setSourceBucketId(Commands.BUCKET)
                .setSourceKey(difference.getKey())
                .setAt(at));
  }

  private void restoreAll(LogPosition at) {
    for (ObjectDifference difference : compareAll(at, 3)) {
      Outcome outcome = shard.apply(restore(difference, at));
      assertThat(outcome.hasRefusal()).as("%s", outcome).isFalse();
    }
  }

  @Test
  void compareObjects_putReplacedAndDeleted_namesEachWithBothVersions() {
    shard.apply(Commands.window(HOUR_MS));
    shard.apply(Commands.putInline("gone", "1"));
    shard.apply(Commands.putInline("replaced", "22"));
    shard.apply(Commands.putInline("same", "3"));
    LogPosition then = now();
    shard.apply(Commands.delete("gone"));
    shard.apply(Commands.putInline("new", "4444"));
    shard.apply(Commands.putInline("replaced", "55555"));

    Map<String, String> sizes = new LinkedHashMap<>();
    for (ObjectDifference each : compareAll(then, 1)) {
      sizes.put(
          each.getKey().toStringUtf8(),
          (each.hasBefore() ? each.getBefore().getSize() : "-")
              + " to "
              + (each.hasAfter() ? each.getAfter().getSize() : "-"));
    }
    assertThat(sizes)
        .containsExactly(
            Map.entry("gone", "1 to -"),
            Map.entry("new", "- to 4"),
            Map.entry("replaced", "2 to 5"));
    assertThat(compareAll(now(), 10)).isEmpty();
  }

  @Test
  void restoreObject_replacedSince_hasTheContentAndTheTimeOfThen() {
    shard.apply(Commands.window(HOUR_MS));
    shard.apply(Commands.putChunks("k", A));
    LogPosition then = now();
    ObjectAnswer was = shard.ask(Queries.object("k")).getObject();
    shard.passMs(5_000);
    shard.apply(Commands.putChunks("k", B));
    restoreAll(then);
    ObjectAnswer is = shard.ask(Queries.object("k")).getObject();
    assertThat(is.getManifest()).isEqualTo(was.getManifest());
    assertThat(is.getObject().getLastModifiedMs()).isEqualTo(was.getObject().getLastModifiedMs());
    assertThat(is.getObject().getVersion()).isNotEqualTo(was.getObject().getVersion());
    assertThat(compareAll(then, 10)).as("differences of what was restored").isEmpty();
  }

  @Test
  void restoreObject_writtenSinceTheCallerLooked_isRefused() {
    shard.apply(Commands.window(HOUR_MS));
    shard.apply(Commands.putInline("k", "one"));
    LogPosition then = now();
    shard.apply(Commands.putInline("k", "two"));
    ObjectDifference seen = compareAll(then, 10).get(0);
    shard.apply(Commands.putInline("k", "three"));
    assertThat(shard.apply(restore(seen, then)).getRefusal().getCode())
        .isEqualTo(RefusalCode.CONFLICT);
    assertThat(shard.ask(Queries.object("k")).getObject().getInlineData().toStringUtf8())
        .isEqualTo("three");
  }

  @Test
  void restoreObject_toAMomentThatIsNotKept_isRefused() {
    shard.apply(Commands.putInline("k", "one"));
    LogPosition then = now();
    shard.apply(Commands.putInline("k", "two"));
    ObjectDifference wanted =
        ObjectDifference.newBuilder()
            .setKey(Commands.key("k"))
            .setAfter(shard.ask(Queries.object("k")).getObject().getObject())
            .build();
    assertThat(shard.apply(restore(wanted, then)).getRefusal().getCode())
        .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
  }

  /** What it shares with the history outlives the history, and is garbage after both. */
  @Test
  void restoreObject_historyTrimmedAfterwards_keepsItsContent() {
    shard.apply(Commands.window(HOUR_MS));
    shard.apply(Commands.putChunks("k", A));
    LogPosition then = now();
    shard.apply(Commands.delete("k"));
    restoreAll(then);
    shard.apply(Commands.window(0));
    shard.passMs(10);
    assertThat(shard.apply(Commands.trimHistory(10)).getTrimmed().getReleased()).isEqualTo(1);
    assertThat(shard.ask(Queries.garbage()).getGarbage().getItemsList()).isEmpty();
    assertThat(shard.ask(Queries.object("k")).getObject().hasManifest()).isTrue();
    shard.apply(Commands.delete("k"));
    assertThat(shard.ask(Queries.garbage()).getGarbage().getItemsList()).hasSize(1);
  }

  @Test
  void getBucket_atAnEarlierPosition_isThatOfThen_alsoWhenItIsGone() {
    shard.apply(Commands.window(HOUR_MS));
    LogPosition before = now();
    long id = shard.apply(Commands.createBucket("b", "ann")).getBucket().getId();
    LogPosition then = now();
    shard.apply(Commands.mark(id, "b"));
    shard.apply(Commands.remove(id, "b"));
    long other = shard.apply(Commands.createBucket("b", "eve")).getBucket().getId();

    assertThat(bucketIdAt(then)).isEqualTo(id);
    assertThat(bucketIdAt(now())).isEqualTo(other);
    assertThat(shard.ask(bucket(before)).getRefusal().getCode())
        .isEqualTo(RefusalCode.NO_SUCH_BUCKET);
    shard.apply(Commands.window(0));
    shard.passMs(10);
    shard.apply(Commands.trimHistory(10));
    assertThat(shard.ask(bucket(then)).getRefusal().getCode())
        .isEqualTo(RefusalCode.OUTSIDE_HISTORY);
  }

  @Test
  void listBuckets_atAnEarlierPosition_areThoseOfThen() {
    shard.apply(Commands.window(HOUR_MS));
    long gone = shard.apply(Commands.createBucket("b-gone", "ann")).getBucket().getId();
    shard.apply(Commands.createBucket("a-stays", "eve"));
    LogPosition then = now();
    shard.apply(Commands.mark(gone, "b-gone"));
    shard.apply(Commands.remove(gone, "b-gone"));
    shard.apply(Commands.createBucket("c-new", "ann"));
    assertThat(bucketsAt(then, "", "", 0)).containsExactly("a-stays", "b-gone");
    assertThat(bucketsAt(then, "b", "", 0)).containsExactly("b-gone");
    assertThat(bucketsAt(then, "", "a-stays", 0)).containsExactly("b-gone");
    assertThat(bucketsAt(then, "", "", 1)).containsExactly("a-stays");
    assertThat(bucketsAt(now(), "", "", 0)).containsExactly("a-stays", "c-new");
  }

  private List<String> bucketsAt(LogPosition at, String prefix, String after, int max) {
    return shard
        .ask(
            Query.newBuilder()
                .setListBuckets(
                    ListBuckets.newBuilder()
                        .setPrefix(prefix)
                        .setStartAfter(after)
                        .setMax(max)
                        .setAt(at)))
        .getBuckets()
        .getBucketsList()
        .stream()
        .map(Bucket::getName)
        .toList();
  }

  private long bucketIdAt(LogPosition at) {
    return shard.ask(bucket(at)).getBucket().getId();
  }

  private static Query.Builder bucket(LogPosition at) {
    return Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName("b").setAt(at));
  }

  /** From any pinned moment to any other: all that a client can see is as it was. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void restore_randomMoments_isEqualToThen(long seed) {
    Map<LogPosition, Map<String, ObjectAnswer>> moments = new LinkedHashMap<>();
    ShardModel model = new ShardModel();
    RandomCommands random = new RandomCommands(seed, model, shard);
    for (int i = 0; i < 200; i++) {
      Command command = shard.command(random.next());
      model.apply(command);
      shard.apply(command);
      if (random.chance(4)) {
        LogPosition at = shard.apply(Commands.pin("pin " + i)).getPin().getAt();
        moments.put(at, seen());
      }
      if (random.chance(10)) {
        shard.apply(Commands.trimHistory(1 + random.below(5)));
      }
    }
    moments.forEach(
        (at, expected) -> {
          restoreAll(at);
          assertThat(seen()).as("seed %d, at %s", seed, at).isEqualTo(expected);
        });
  }

  /** All objects without what names their rows. */
  private Map<String, ObjectAnswer> seen() {
    Map<String, ObjectAnswer> objects = new TreeMap<>();
    shard
        .ask(Queries.objects(Queries.listing("", "", 1_000)))
        .getObjects()
        .getObjectsList()
        .forEach(
            listed -> {
              String key = listed.getKey().toStringUtf8();
              ObjectAnswer.Builder answer = shard.ask(Queries.object(key)).getObject().toBuilder();
              answer.getObjectBuilder().clearVersion().clearManifest();
              objects.put(key, answer.build());
            });
    return objects;
  }
}
