package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Past;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ListVersions;
import io.sluice.storage.proto.ObjectPage;

/**
 * A page of the versions of the objects of a bucket. Each has one, "null": so the key alone says
 * where a page begins, whatever version its marker names.
 */
record ListVersionsQuery(ListVersions query) implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    Past past = query.hasAt() ? Past.of(rows, query.getAt()) : null;
    Answer refusal = past == null ? null : ShardQuery.refusal(past);
    if (refusal != null) {
      return refusal;
    }
    Listing listing =
        new Listing(query.getBucketId(), query.getPrefix(), query.getDelimiter(), query.getMax());
    ObjectPage.Builder page =
        ListObjectsQuery.page(
            past == null
                ? ListObjectsQuery.current(rows)
                : prefix -> past.scan(prefix, ListObjectsQuery.ROWS_MAX),
            listing,
            query.getBucketId(),
            query.getKeyMarker(),
            true);
    boolean endsWithObject =
        page.getObjectsCount() > 0
            && page.getObjects(page.getObjectsCount() - 1).getKey().equals(page.getNext());
    if (page.getTruncated() && endsWithObject) {
      page.setNextVersionId("null");
    }
    return past == null
        ? ListObjectsQuery.answer(rows, query.getBucketId(), page)
        : Answer.newBuilder().setObjects(page).build();
  }
}
