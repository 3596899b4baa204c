package io.sluice.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.AccountState;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.BucketState;
import io.sluice.storage.proto.ChangePage;
import io.sluice.storage.proto.ExportPage;
import io.sluice.storage.proto.ExportRows;
import io.sluice.storage.proto.GetCluster;
import io.sluice.storage.proto.ListAccounts;
import io.sluice.storage.proto.ListChanges;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectState;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RowKind;
import io.sluice.storage.proto.SettingState;
import io.sluice.storage.proto.ThingName;
import io.sluice.storage.proto.ThingNames;
import io.sluice.storage.proto.ThingRange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** States as a backup has them: read page by page, and, to compare, from other queries. */
final class Exports {
  static final List<ThingRange> EVERYTHING =
      List.of(
          range(RowKind.BUCKET_ROW, 0),
          range(RowKind.ACCOUNT_ROW, 0),
          range(RowKind.SETTING_ROW, 0),
          range(RowKind.OBJECT_ROW, Commands.BUCKET));

  private Exports() {}

  static ThingRange range(RowKind kind, long bucketId) {
    return ThingRange.newBuilder().setKind(kind).setBucketId(bucketId).build();
  }

  static Query.Builder export(ExportRows.Builder export) {
    return Query.newBuilder().setExportRows(export);
  }

  static Query.Builder changes(ListChanges.Builder changes) {
    return Query.newBuilder().setListChanges(changes);
  }

  static ThingName object(String key) {
    return ThingName.newBuilder()
        .setBucketId(Commands.BUCKET)
        .setKey(ByteString.copyFromUtf8(key))
        .build();
  }

  static ThingName named(RowKind kind, String name) {
    return ThingName.newBuilder().setKind(kind).setKey(ByteString.copyFromUtf8(name)).build();
  }

  /** All rows of an export, page after page. */
  static List<BackupRow> rows(Shard shard, ExportRows.Builder export) {
    List<BackupRow> rows = new ArrayList<>();
    boolean more = true;
    while (more) {
      Answer answer = shard.ask(export(export));
      assertThat(answer.hasExported()).as("%s", answer).isTrue();
      ExportPage page = answer.getExported();
      rows.addAll(page.getRowsList());
      more = page.hasNext();
      export.setStart(page.getNext());
    }
    return rows;
  }

  /** Everything that was there, by what it is found by: an object with its parts behind it. */
  static Map<ThingName, List<BackupRow>> state(Shard shard, LogPosition at, int pageRows) {
    Map<ThingName, List<BackupRow>> state = new HashMap<>();
    for (ThingRange range : EVERYTHING) {
      put(state, rows(shard, ExportRows.newBuilder().setAt(at).setAll(range).setMax(pageRows)));
    }
    return state;
  }

  /** Rows of a set that is built on another, put over it. */
  static void put(Map<ThingName, List<BackupRow>> state, List<BackupRow> rows) {
    ThingName last = ThingName.getDefaultInstance();
    for (BackupRow row : rows) {
      if (row.hasPart()) {
        state.get(last).add(row);
        continue;
      }
      last = name(row);
      if (isThere(row)) {
        state.put(last, new ArrayList<>(List.of(row)));
      } else {
        state.remove(last);
      }
    }
  }

  static boolean isThere(BackupRow row) {
    return switch (row.getRowCase()) {
      case BUCKET -> row.getBucket().hasBucket();
      case ACCOUNT -> row.getAccount().hasAccount();
      case SETTING -> row.getSetting().hasSetting();
      case OBJECT -> row.getObject().hasObject();
      case PART, ROW_NOT_SET -> throw new AssertionError(row);
    };
  }

  static ThingName name(BackupRow row) {
    return switch (row.getRowCase()) {
      case BUCKET -> named(RowKind.BUCKET_ROW, row.getBucket().getName());
      case ACCOUNT -> named(RowKind.ACCOUNT_ROW, row.getAccount().getName());
      case SETTING -> named(RowKind.SETTING_ROW, row.getSetting().getName());
      case OBJECT ->
          ThingName.newBuilder()
              .setBucketId(row.getObject().getBucketId())
              .setKey(row.getObject().getKey())
              .build();
      case PART, ROW_NOT_SET -> throw new AssertionError(row);
    };
  }

  static List<BackupRow> ofNamed(
      Shard shard, LogPosition at, Collection<ThingName> things, int pageRows) {
    return rows(
        shard,
        ExportRows.newBuilder()
            .setAt(at)
            .setNamed(ThingNames.newBuilder().addAllThings(things))
            .setMax(pageRows));
  }

  /** What changed, page after page; what is in two of them twice. */
  static List<ThingName> changed(Shard shard, LogPosition after, LogPosition to, int pageThings) {
    List<ThingName> things = new ArrayList<>();
    ListChanges.Builder list =
        ListChanges.newBuilder().setAfter(after).setTo(to).setMax(pageThings);
    boolean more = true;
    while (more) {
      Answer answer = shard.ask(changes(list));
      assertThat(answer.hasChanges()).as("%s", answer).isTrue();
      ChangePage page = answer.getChanges();
      assertThat(page.getThingsList()).doesNotHaveDuplicates();
      things.addAll(page.getThingsList());
      more = page.getTruncated();
      list.setStartAfter(page.getNext());
    }
    return things;
  }

  /** What is there now, from the queries that clients' requests use. */
  static Map<ThingName, List<BackupRow>> current(Shard shard) {
    Map<ThingName, List<BackupRow>> state = new HashMap<>();
    List<BackupRow> rows = new ArrayList<>();
    shard
        .ask(Queries.buckets("", "", "", 0))
        .getBuckets()
        .getBucketsList()
        .forEach(
            bucket ->
                rows.add(
                    BackupRow.newBuilder()
                        .setBucket(
                            BucketState.newBuilder().setName(bucket.getName()).setBucket(bucket))
                        .build()));
    shard
        .ask(Query.newBuilder().setListAccounts(ListAccounts.getDefaultInstance()))
        .getAccounts()
        .getAccountsList()
        .forEach(
            account ->
                rows.add(
                    BackupRow.newBuilder()
                        .setAccount(
                            AccountState.newBuilder()
                                .setName(account.getName())
                                .setAccount(account))
                        .build()));
    shard
        .ask(Query.newBuilder().setGetCluster(GetCluster.getDefaultInstance()))
        .getCluster()
        .getSettingsList()
        .forEach(
            setting ->
                rows.add(
                    BackupRow.newBuilder()
                        .setSetting(
                            SettingState.newBuilder()
                                .setName(setting.getName())
                                .setSetting(setting))
                        .build()));
    put(state, rows);
    shard
        .ask(Queries.objects(Queries.listing("", "", 1000)))
        .getObjects()
        .getObjectsList()
        .forEach(listed -> put(state, object(shard, listed.getKey())));
    return state;
  }

  private static List<BackupRow> object(Shard shard, ByteString key) {
    ObjectAnswer object = shard.ask(Queries.object(key.toStringUtf8())).getObject();
    ObjectState.Builder row =
        ObjectState.newBuilder()
            .setBucketId(Commands.BUCKET)
            .setKey(key)
            .setObject(object.getObject());
    if (object.getObject().getInline()) {
      row.setInlineData(object.getInlineData());
      // What else is known of it no other query tells; it is of those bytes.
      row.getManifestBuilder().setWhole(Commands.inline(object.getInlineData()));
    } else {
      row.setManifest(object.getManifest());
    }
    List<BackupRow> rows = new ArrayList<>();
    rows.add(BackupRow.newBuilder().setObject(row).build());
    List<LogPosition> parts =
        object.getManifest().getParts().getPartsList().stream().map(PartRef::getId).toList();
    shard
        .ask(Queries.partRows(parts))
        .getParts()
        .getRowsList()
        .forEach(part -> rows.add(BackupRow.newBuilder().setPart(part).build()));
    return rows;
  }
}
