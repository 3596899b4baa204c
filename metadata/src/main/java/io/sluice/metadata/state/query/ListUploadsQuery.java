package io.sluice.metadata.state.query;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ListUploads;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.UploadPage;
import java.util.Arrays;

/** A page of the uploads that are under way in a bucket, by key and then by upload id. */
record ListUploadsQuery(ListUploads query) implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    UploadPage.Builder page = UploadPage.newBuilder();
    Listing listing =
        new Listing(query.getBucketId(), query.getPrefix(), query.getDelimiter(), query.getMax());
    listing.run(
        prefix -> rows.scanPrefix(Family.UPLOADS, prefix),
        query.getKeyMarker(),
        rowAfterMarker(),
        (key, value) -> page.addUploads(Rows.parse(MultipartUpload.parser(), value)));
    page.addAllCommonPrefixes(listing.commonPrefixes()).setTruncated(listing.truncated());
    if (listing.truncated()) {
      ByteString last = listing.last();
      page.setNextKey(last);
      if (page.getUploadsCount() > 0) {
        MultipartUpload upload = page.getUploads(page.getUploadsCount() - 1);
        if (upload.getKeyBytes().equals(last)) {
          page.setNextUploadId(upload.getUploadId());
        }
      }
    }
    Answer answer = Answer.newBuilder().setUploads(page).build();
    boolean empty = page.getUploadsCount() == 0 && page.getCommonPrefixesCount() == 0;
    return empty ? ShardQuery.foundNothing(rows, query.getBucketId(), answer) : answer;
  }

  private byte[] rowAfterMarker() {
    if (query.getUploadIdMarker().isEmpty()) {
      return Listing.rowAfter(query.getBucketId(), query.getKeyMarker());
    }
    byte[] marker =
        KeyCodec.upload(query.getBucketId(), query.getKeyMarker(), query.getUploadIdMarker());
    return Arrays.copyOf(marker, marker.length + 1);
  }
}
