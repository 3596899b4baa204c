package io.sluice.gateway.handler;

import com.google.protobuf.ByteString;
import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.BucketView;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.ListObjectVersionsInput;
import io.sluice.s3.op.ListObjectVersionsOutput;
import io.sluice.s3.op.ListedVersion;
import io.sluice.storage.proto.ListVersions;
import io.sluice.storage.proto.ListedObject;
import io.sluice.storage.proto.ObjectPage;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** ListObjectVersions: until buckets can be versioned, each object is its {@code null} version. */
final class ListObjectVersionsHandler implements AnsweringHandler {
  private static final String NULL_VERSION = "null";

  private final HandlerContext context;

  ListObjectVersionsHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.LIST_OBJECT_VERSIONS;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    ListObjectVersionsInput input = ListObjectVersionsInput.decode(call.route(), call.head());
    Uni<ObjectPage> page =
        input.maxKeys() == 0
            ? Uni.createFrom().item(ObjectPage.getDefaultInstance())
            : context
                .buckets()
                .query(call, bucket -> query(bucket, input))
                .map(answer -> answer.getObjects());
    return page.map(found -> output(call, input, found).encode());
  }

  private static Query query(BucketView bucket, ListObjectVersionsInput input) {
    ListVersions.Builder list =
        ListVersions.newBuilder()
            .setBucketId(bucket.id())
            .setPrefix(ByteString.copyFromUtf8(input.prefix()))
            .setDelimiter(Listings.bytes(input.delimiter()))
            .setKeyMarker(ByteString.copyFromUtf8(input.keyMarker()))
            .setMax(input.maxKeys());
    if (input.versionIdMarker() != null) {
      list.setVersionIdMarker(input.versionIdMarker());
    }
    return Query.newBuilder().setListVersions(list).build();
  }

  private static ListObjectVersionsOutput output(
      S3Call call, ListObjectVersionsInput input, ObjectPage page) {
    return new ListObjectVersionsOutput(
        input,
        page.getObjectsList().stream().map(listed -> version(call, listed)).toList(),
        Listings.texts(page.getCommonPrefixesList()),
        next(page));
  }

  private static ListObjectVersionsOutput.@Nullable Next next(ObjectPage page) {
    String key = Listings.next(page);
    if (key == null) {
      return null;
    }
    String versionId = page.getNextVersionId();
    return new ListObjectVersionsOutput.Next(key, versionId.isEmpty() ? null : versionId);
  }

  private static ListedVersion version(S3Call call, ListedObject listed) {
    ObjectVersion object = listed.getObject();
    return new ListedVersion(
        listed.getKey().toStringUtf8(),
        NULL_VERSION,
        listed.getIsLatest(),
        Instant.ofEpochMilli(object.getLastModifiedMs()),
        HandlerContext.owner(call, object.getOwner()),
        object.getDeleteMarker()
            ? null
            : new ListedVersion.Content(
                object.getEtag(),
                object.getSize(),
                Listings.storageClass(object.getStorageClass()),
                ChecksumRecords.shown(object.getChecksumsList())));
  }
}
