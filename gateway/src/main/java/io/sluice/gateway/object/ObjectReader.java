package io.sluice.gateway.object;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.sluice.gateway.call.BucketView;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.handler.HandlerContext;
import io.sluice.gateway.pipe.Content;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Operation;
import io.sluice.s3.op.CopySource;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Looks objects up. Results come on the call's event loop. */
final class ObjectReader {
  private final HandlerContext context;

  /** Which bucket was asked at last, since its name may have been looked up again. */
  private static final class Asked {
    volatile @Nullable BucketView bucket;
  }

  ObjectReader(HandlerContext context) {
    this.context = context;
  }

  /**
   * The object that a call names.
   *
   * @param versionId null for the current version
   * @param withContent whether its bytes are wanted, or where they are
   * @return fails with NoSuchKey
   */
  Uni<FoundObject> find(S3Call call, String key, @Nullable String versionId, boolean withContent) {
    Asked asked = new Asked();
    return found(
        context.buckets().query(call, query(key, versionId, withContent, asked)), asked, key);
  }

  /**
   * The same, and how far its replication is.
   *
   * @return fails with NoSuchKey
   */
  Uni<FoundObject> findWithReplication(
      S3Call call, String key, @Nullable String versionId, boolean withContent) {
    return call.onContext(
        find(call, key, versionId, withContent)
            .chain(
                found ->
                    context
                        .replication()
                        .of(found.bucket(), key, found.version())
                        .map(status -> found.with(status.orElse(null)))));
  }

  /**
   * The source of a copy, which the caller must be allowed to read.
   *
   * @return fails with NoSuchBucket, NoSuchKey, AccessDenied
   */
  Uni<FoundObject> findSource(S3Call call, CopySource source, boolean withContent) {
    Asked asked = new Asked();
    return found(
        context
            .buckets()
            .queryOther(
                call,
                source.bucket(),
                S3Operation.GET_OBJECT,
                query(source.key(), source.versionId(), withContent, asked)),
        asked,
        source.key());
  }

  /** Bytes of an object that was found with its content. */
  Content content(FoundObject object, long from, long length) {
    return object.content(context.metadata(), context.metadataDeadline(), from, length);
  }

  private static Function<BucketView, Query> query(
      String key, @Nullable String versionId, boolean withContent, Asked asked) {
    return bucket -> {
      asked.bucket = bucket;
      return Query.newBuilder()
          .setGetObject(
              GetObject.newBuilder()
                  .setBucketId(bucket.id())
                  .setKey(ByteString.copyFromUtf8(key))
                  .setVersionId(versionId == null ? "" : versionId)
                  .setWithContent(withContent))
          .build();
    };
  }

  private static Uni<FoundObject> found(Uni<Answer> answer, Asked asked, String key) {
    return answer
        .map(found -> new FoundObject(requireNonNull(asked.bucket), found.getObject(), null))
        .onFailure(ObjectReader::isNoSuchKey)
        .transform(absent -> new S3Exception(S3ErrorCode.NO_SUCH_KEY).with("Key", key));
  }

  private static boolean isNoSuchKey(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.NO_SUCH_KEY;
  }
}
