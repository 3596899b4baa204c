package io.sluice.metadata.state.query;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.Past;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ListObjects;
import io.sluice.storage.proto.ListedObject;
import io.sluice.storage.proto.ObjectPage;
import io.sluice.storage.proto.ObjectVersion;

/** A page of the objects of a bucket. */
record ListObjectsQuery(ListObjects query) implements ShardQuery {
  /** Of the past, rows that a page goes through, those too that are younger. */
  static final int ROWS_MAX = 20_000;

  @Override
  public Answer answer(Rows rows) {
    Past past = query.hasAt() ? Past.of(rows, query.getAt()) : null;
    Answer refusal = past == null ? null : ShardQuery.refusal(past);
    if (refusal != null) {
      return refusal;
    }
    ObjectPage.Builder page =
        page(
            past == null ? current(rows) : prefix -> past.scan(prefix, ROWS_MAX),
            new Listing(
                query.getBucketId(), query.getPrefix(), query.getDelimiter(), query.getMax()),
            query.getBucketId(),
            query.getStartAfter(),
            false);
    return past == null
        ? answer(rows, query.getBucketId(), page)
        : Answer.newBuilder().setObjects(page).build();
  }

  static Answer answer(Rows rows, long bucketId, ObjectPage.Builder page) {
    Answer answer = Answer.newBuilder().setObjects(page).build();
    boolean empty = page.getObjectsCount() == 0 && page.getCommonPrefixesCount() == 0;
    return empty ? ShardQuery.foundNothing(rows, bucketId, answer) : answer;
  }

  static Listing.Source current(Rows rows) {
    return prefix -> rows.scanPrefix(Family.OBJECTS, prefix);
  }

  static ObjectPage.Builder page(
      Listing.Source source, Listing listing, long bucketId, ByteString marker, boolean versions) {
    ObjectPage.Builder page = ObjectPage.newBuilder();
    listing.run(
        source,
        marker,
        Listing.rowAfter(bucketId, marker),
        (key, value) ->
            page.addObjects(
                ListedObject.newBuilder()
                    .setKey(key)
                    .setObject(withoutHeaders(Rows.parse(ObjectVersion.parser(), value)))
                    .setIsLatest(versions)));
    page.addAllCommonPrefixes(listing.commonPrefixes()).setTruncated(listing.truncated());
    if (listing.truncated()) {
      page.setNext(listing.last());
    }
    return page;
  }

  private static ObjectVersion withoutHeaders(ObjectVersion object) {
    return object.hasHeaders() ? object.toBuilder().clearHeaders().build() : object;
  }
}
