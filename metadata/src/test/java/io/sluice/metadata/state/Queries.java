package io.sluice.metadata.state;

import static io.sluice.metadata.state.Commands.BUCKET;
import static io.sluice.metadata.state.Commands.key;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.FindUnreferenced;
import io.sluice.storage.proto.GetAccount;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.GetParts;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.GetUpload;
import io.sluice.storage.proto.ListBuckets;
import io.sluice.storage.proto.ListDeletingBuckets;
import io.sluice.storage.proto.ListGarbage;
import io.sluice.storage.proto.ListObjects;
import io.sluice.storage.proto.ListParts;
import io.sluice.storage.proto.ListUploads;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Query;
import java.util.Collection;

/** Queries, as gateways make them. */
final class Queries {
  private Queries() {}

  static Query.Builder object(String key) {
    return Query.newBuilder()
        .setGetObject(
            GetObject.newBuilder().setBucketId(BUCKET).setKey(key(key)).setWithContent(true));
  }

  static Query.Builder bucket(String name) {
    return Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(name));
  }

  static Query.Builder buckets(String owner, String prefix, String after, int max) {
    return Query.newBuilder()
        .setListBuckets(
            ListBuckets.newBuilder()
                .setOwner(owner)
                .setPrefix(prefix)
                .setStartAfter(after)
                .setMax(max));
  }

  static Query.Builder deletingBuckets() {
    return Query.newBuilder().setListDeletingBuckets(ListDeletingBuckets.getDefaultInstance());
  }

  static Query.Builder accountByKey(String accessKey) {
    return Query.newBuilder().setGetAccount(GetAccount.newBuilder().setAccessKey(accessKey));
  }

  static Query.Builder accountByName(String name) {
    return Query.newBuilder().setGetAccount(GetAccount.newBuilder().setName(name));
  }

  static ListObjects.Builder listing(String prefix, String delimiter, int max) {
    return ListObjects.newBuilder()
        .setBucketId(BUCKET)
        .setPrefix(key(prefix))
        .setDelimiter(key(delimiter))
        .setMax(max);
  }

  static Query.Builder objects(ListObjects.Builder listing) {
    return Query.newBuilder().setListObjects(listing);
  }

  static Query.Builder upload(String key, String id) {
    return Query.newBuilder()
        .setGetUpload(GetUpload.newBuilder().setBucketId(BUCKET).setKey(key(key)).setUploadId(id));
  }

  static Query.Builder parts(String key, String id, int after, int max) {
    return Query.newBuilder()
        .setListParts(
            ListParts.newBuilder()
                .setBucketId(BUCKET)
                .setKey(key(key))
                .setUploadId(id)
                .setAfter(after)
                .setMax(max));
  }

  static ListUploads.Builder uploads(int max) {
    return ListUploads.newBuilder().setBucketId(BUCKET).setMax(max);
  }

  static Query.Builder partRows(Collection<LogPosition> ids) {
    return Query.newBuilder().setGetParts(GetParts.newBuilder().addAllIds(ids));
  }

  static Query.Builder garbage() {
    return Query.newBuilder()
        .setListGarbage(ListGarbage.newBuilder().setDereferencedBeforeMs(Long.MAX_VALUE));
  }

  static Query.Builder unreferenced(Collection<ByteString> chunks) {
    return Query.newBuilder()
        .setFindUnreferenced(FindUnreferenced.newBuilder().addAllChunkIds(chunks));
  }

  static Query.Builder status() {
    return Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance());
  }
}
