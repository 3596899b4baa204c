package io.sluice.metadata.state.query;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ListObjects;
import io.sluice.storage.proto.ListedObject;
import io.sluice.storage.proto.ObjectPage;
import io.sluice.storage.proto.ObjectVersion;

/** A page of the objects of a bucket. */
record ListObjectsQuery(ListObjects query) implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    ObjectPage.Builder page =
        page(
            rows,
            new Listing(
                query.getBucketId(), query.getPrefix(), query.getDelimiter(), query.getMax()),
            query.getBucketId(),
            query.getStartAfter(),
            false);
    return answer(rows, query.getBucketId(), page);
  }

  static Answer answer(Rows rows, long bucketId, ObjectPage.Builder page) {
    Answer answer = Answer.newBuilder().setObjects(page).build();
    boolean empty = page.getObjectsCount() == 0 && page.getCommonPrefixesCount() == 0;
    return empty ? ShardQuery.foundNothing(rows, bucketId, answer) : answer;
  }

  static ObjectPage.Builder page(
      Rows rows, Listing listing, long bucketId, ByteString marker, boolean versions) {
    ObjectPage.Builder page = ObjectPage.newBuilder();
    listing.run(
        rows,
        Family.OBJECTS,
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
