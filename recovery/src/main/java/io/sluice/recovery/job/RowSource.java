package io.sluice.recovery.job;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.Positions;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.ChangePage;
import io.sluice.storage.proto.ExportMark;
import io.sluice.storage.proto.ExportPage;
import io.sluice.storage.proto.ExportRows;
import io.sluice.storage.proto.ListChanges;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RowKind;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.ThingName;
import io.sluice.storage.proto.ThingNames;
import io.sluice.storage.proto.ThingRange;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a backup holds: all there was at a moment, or what changed since another. What changed
 * is taken from the change index, so that the cost follows it, and not what is stored.
 *
 * <p>Streams give one page after another, each when it is asked for, on any thread. They fail with
 * {@link StorageFailure}; refused with OUTSIDE_HISTORY when what changed, or the moment, is not
 * kept any more.
 */
final class RowSource {
  /** Of a page that goes through many rows of a busy shard. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** What there is but objects, all of it in shard 0. */
  private static final List<RowKind> KINDS_OF_ROOT =
      List.of(RowKind.ACCOUNT_ROW, RowKind.SETTING_ROW, RowKind.BUCKET_ROW);

  private final MetadataStore metadata;

  RowSource(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /** Everything there was. */
  Multi<RowPage> all(List<ShardPosition> at) {
    Map<Integer, LogPosition> positions = Positions.byShard(at);
    List<Bucket> buckets = new ArrayList<>(); // as many as there are; each is a few dozen bytes
    Multi<RowPage> root =
        Multi.createFrom()
            .iterable(KINDS_OF_ROOT)
            .onItem()
            .transformToMultiAndConcatenate(
                kind ->
                    range(
                        MetadataStore.ROOT_SHARD,
                        positions,
                        ThingRange.newBuilder().setKind(kind).build()))
            .invoke(page -> buckets(page).forEach(buckets::add));
    Multi<RowPage> objects =
        Multi.createFrom()
            .iterable(buckets)
            .onItem()
            .transformToMultiAndConcatenate(
                bucket ->
                    range(
                        bucket.getShard(),
                        positions,
                        ThingRange.newBuilder()
                            .setKind(RowKind.OBJECT_ROW)
                            .setBucketId(bucket.getId())
                            .build()));
    return Multi.createBy().concatenating().streams(root, objects);
  }

  private static List<Bucket> buckets(RowPage page) {
    return page.rows().stream()
        .filter(BackupRow::hasBucket)
        .map(row -> row.getBucket().getBucket())
        .toList();
  }

  /** What changed after {@code from}: as it was at {@code at}, or that it was not there then. */
  Multi<RowPage> changes(List<ShardPosition> from, List<ShardPosition> at) {
    Map<Integer, LogPosition> before = Positions.byShard(from);
    return Multi.createFrom()
        .iterable(at)
        .onItem()
        .transformToMultiAndConcatenate(
            shard -> {
              LogPosition after =
                  before.getOrDefault(shard.getShard(), LogPosition.getDefaultInstance());
              return changes(shard.getShard(), after, shard.getPosition());
            });
  }

  private Multi<RowPage> changes(int shard, LogPosition after, LogPosition to) {
    ListChanges.Builder asked = ListChanges.newBuilder().setAfter(after).setTo(to);
    return Multi.createBy()
        .repeating()
        .uni(() -> changed(shard, asked))
        .whilst(ChangePage::getTruncated)
        .filter(page -> page.getThingsCount() > 0)
        .onItem()
        .transformToMultiAndConcatenate(page -> named(shard, to, page.getThingsList()));
  }

  private Uni<ChangePage> changed(int shard, ListChanges.Builder asked) {
    return metadata
        .query(shard, Query.newBuilder().setListChanges(asked).build(), LIMIT)
        .map(answer -> answer.getChanges())
        .invoke(page -> asked.setStartAfter(page.getNext()));
  }

  private Multi<RowPage> named(int shard, LogPosition at, List<ThingName> things) {
    return pages(
        shard,
        ExportRows.newBuilder().setAt(at).setNamed(ThingNames.newBuilder().addAllThings(things)));
  }

  private Multi<RowPage> range(int shard, Map<Integer, LogPosition> at, ThingRange range) {
    LogPosition position = at.get(shard);
    if (position == null) {
      throw new IllegalArgumentException("the cut has no shard " + shard);
    }
    return pages(shard, ExportRows.newBuilder().setAt(position).setAll(range));
  }

  private Multi<RowPage> pages(int shard, ExportRows.Builder asked) {
    return Multi.createBy()
        .repeating()
        .uni(() -> page(shard, asked))
        .whilst(ExportPage::hasNext)
        .filter(page -> page.getRowsCount() > 0)
        .map(page -> new RowPage(shard, page.getRowsList()));
  }

  private Uni<ExportPage> page(int shard, ExportRows.Builder asked) {
    return metadata
        .query(shard, Query.newBuilder().setExportRows(asked).build(), LIMIT)
        .map(answer -> answer.getExported())
        .invoke(page -> goOn(asked, page.hasNext() ? page.getNext() : null));
  }

  private static void goOn(ExportRows.Builder asked, @Nullable ExportMark next) {
    if (next != null) {
      asked.setStart(next);
    }
  }
}
