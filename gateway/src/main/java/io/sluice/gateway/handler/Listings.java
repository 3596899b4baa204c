package io.sluice.gateway.handler;

import com.google.protobuf.ByteString;
import io.sluice.gateway.bucket.BucketAccess;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.s3.op.ListedObject;
import io.sluice.storage.proto.ListObjects;
import io.sluice.storage.proto.ObjectPage;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the listings have in common. */
final class Listings {
  static final String STANDARD = "STANDARD";

  private Listings() {}

  /**
   * A page of objects.
   *
   * @param after empty for the first page
   * @param max 0 asks for nothing and gets it
   */
  static Uni<ObjectPage> objects(
      BucketAccess buckets,
      S3Call call,
      String prefix,
      @Nullable String delimiter,
      String after,
      int max) {
    if (max == 0) {
      return Uni.createFrom().item(ObjectPage.getDefaultInstance());
    }
    return buckets
        .query(
            call,
            bucket ->
                Query.newBuilder()
                    .setListObjects(
                        ListObjects.newBuilder()
                            .setBucketId(bucket.id())
                            .setPrefix(ByteString.copyFromUtf8(prefix))
                            .setDelimiter(bytes(delimiter))
                            .setStartAfter(ByteString.copyFromUtf8(after))
                            .setMax(max))
                    .build())
        .map(answer -> answer.getObjects());
  }

  static ByteString bytes(@Nullable String text) {
    return text == null ? ByteString.EMPTY : ByteString.copyFromUtf8(text);
  }

  static List<String> texts(List<ByteString> bytes) {
    return bytes.stream().map(ByteString::toStringUtf8).toList();
  }

  /** Where the next page begins; null on the last one. */
  static @Nullable String next(ObjectPage page) {
    return page.getTruncated() ? page.getNext().toStringUtf8() : null;
  }

  static List<ListedObject> listed(S3Call call, ObjectPage page, boolean withOwner) {
    return page.getObjectsList().stream()
        .map(
            listed -> {
              ObjectVersion object = listed.getObject();
              return new ListedObject(
                  listed.getKey().toStringUtf8(),
                  Instant.ofEpochMilli(object.getLastModifiedMs()),
                  object.getEtag(),
                  object.getSize(),
                  storageClass(object.getStorageClass()),
                  ChecksumRecords.shown(object.getChecksumsList()),
                  withOwner ? HandlerContext.owner(call, object.getOwner()) : null);
            })
        .toList();
  }

  static String storageClass(String stored) {
    return stored.isEmpty() ? STANDARD : stored;
  }
}
