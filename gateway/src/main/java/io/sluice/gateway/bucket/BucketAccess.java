package io.sluice.gateway.bucket;

import io.sluice.gateway.auth.Authorizer;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.S3Operation;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.function.Function;

/**
 * Commands and queries of a call to the shard of its bucket. When the shard says that the bucket's
 * id is gone, the name is looked up again, authorised again, and the same is asked of the bucket
 * that has the name now, once: a bucket deleted and made anew is found at once.
 *
 * <p>Results come on the call's event loop.
 */
public final class BucketAccess {
  private final MetadataStore metadata;
  private final BucketDirectory directory;
  private final Authorizer authorizer;
  private final Duration deadline;

  /**
   * @param deadline of one command or query
   */
  public BucketAccess(
      MetadataStore metadata, BucketDirectory directory, Authorizer authorizer, Duration deadline) {
    this.metadata = metadata;
    this.directory = directory;
    this.authorizer = authorizer;
    this.deadline = deadline;
  }

  /**
   * Has a command applied in the shard of the call's bucket.
   *
   * @param command makes it for the bucket given, called once or twice
   * @return fails as {@link MetadataStore#submit} does
   */
  public Uni<Outcome> submit(S3Call call, Function<Bucket, Command> command) {
    return call.onContext(
        onBucket(
            call, bucket -> metadata.submit(bucket.getShard(), command.apply(bucket), deadline)));
  }

  /**
   * Asks the shard of the call's bucket.
   *
   * @param query makes it for the bucket given, called once or twice
   * @return fails as {@link MetadataStore#query} does
   */
  public Uni<Answer> query(S3Call call, Function<Bucket, Query> query) {
    return call.onContext(
        onBucket(call, bucket -> metadata.query(bucket.getShard(), query.apply(bucket), deadline)));
  }

  /**
   * Asks the shard of a bucket other than the call's: the source of a copy.
   *
   * @param operation what the caller must be allowed to do there
   * @param query makes it for the bucket given, called once or twice
   * @return fails as {@link MetadataStore#query} does
   */
  public Uni<Answer> queryOther(
      S3Call call, String bucketName, S3Operation operation, Function<Bucket, Query> query) {
    return call.onContext(
        askOther(call, bucketName, operation, query)
            .onFailure(BucketDirectory::isNoSuchBucket)
            .recoverWithUni(
                gone -> {
                  directory.forget(bucketName);
                  return askOther(call, bucketName, operation, query);
                })
            .onFailure(BucketDirectory::isNoSuchBucket)
            .transform(gone -> BucketDirectory.noSuchBucket(bucketName)));
  }

  private Uni<Answer> askOther(
      S3Call call, String bucketName, S3Operation operation, Function<Bucket, Query> query) {
    return directory
        .find(bucketName)
        .chain(
            bucket -> {
              authorizer.authorizeSource(call.caller(), operation, bucket, call.head());
              return metadata.query(bucket.getShard(), query.apply(bucket), deadline);
            });
  }

  private <T> Uni<T> onBucket(S3Call call, Function<Bucket, Uni<T>> work) {
    Bucket known = call.requireBucket();
    return work.apply(known)
        .onFailure(BucketDirectory::isNoSuchBucket)
        .recoverWithUni(gone -> again(call, known, work));
  }

  private <T> Uni<T> again(S3Call call, Bucket gone, Function<Bucket, Uni<T>> work) {
    directory.forget(gone.getName());
    return directory
        .find(gone.getName())
        .chain(
            now -> {
              if (now.getId() == gone.getId()) {
                return Uni.createFrom().failure(BucketDirectory.noSuchBucket(gone.getName()));
              }
              authorizer.authorize(call.caller(), call.operation(), now, call.head());
              return work.apply(now);
            });
  }
}
