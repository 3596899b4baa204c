package io.sluice.gateway.bucket;

import io.sluice.gateway.auth.Authorizer;
import io.sluice.gateway.call.BucketView;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.S3Operation;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.function.Function;

/**
 * Commands and queries of a call to the shard of its bucket. When the shard says that the bucket's
 * id is gone, the name is looked up again, authorised again, and the same is asked of the bucket
 * that has the name now, once: a bucket deleted and made anew is found at once, and one of a
 * snapshot that was removed is found to be gone.
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
            call, view -> metadata.submit(view.shard(), command.apply(view.bucket()), deadline)));
  }

  /**
   * Asks the shard of the call's bucket, about then if it is one of a snapshot.
   *
   * @param query makes it for the bucket given, as if about now; called once or twice
   * @return fails as {@link MetadataStore#query} does
   */
  public Uni<Answer> query(S3Call call, Function<BucketView, Query> query) {
    return call.onContext(onBucket(call, view -> ask(view, query)));
  }

  private Uni<Answer> ask(BucketView view, Function<BucketView, Query> query) {
    Query now = query.apply(view);
    LogPosition at = view.at();
    return metadata.query(view.shard(), at == null ? now : SnapshotQueries.at(at, now), deadline);
  }

  /**
   * Asks the shard of a bucket other than the call's: the source of a copy.
   *
   * @param operation what the caller must be allowed to do there
   * @param query makes it for the bucket given, called once or twice
   * @return fails as {@link MetadataStore#query} does
   */
  public Uni<Answer> queryOther(
      S3Call call, String bucketName, S3Operation operation, Function<BucketView, Query> query) {
    return call.onContext(
        askOther(call, bucketName, operation, query)
            .onFailure(BucketDirectory::isGone)
            .recoverWithUni(
                gone -> {
                  directory.forget(bucketName);
                  return askOther(call, bucketName, operation, query);
                })
            .onFailure(BucketDirectory::isGone)
            .transform(gone -> BucketDirectory.noSuchBucket(bucketName)));
  }

  private Uni<Answer> askOther(
      S3Call call, String bucketName, S3Operation operation, Function<BucketView, Query> query) {
    return directory
        .find(bucketName)
        .chain(
            view -> {
              authorizer.authorizeSource(call.caller(), operation, view.bucket(), call.head());
              return ask(view, query);
            });
  }

  private <T> Uni<T> onBucket(S3Call call, Function<BucketView, Uni<T>> work) {
    BucketView known = call.requireView();
    return work.apply(known)
        .onFailure(
            failure ->
                known.at() == null
                    ? BucketDirectory.isNoSuchBucket(failure)
                    : BucketDirectory.isGone(failure))
        .recoverWithUni(gone -> again(call, known, work));
  }

  private <T> Uni<T> again(S3Call call, BucketView gone, Function<BucketView, Uni<T>> work) {
    directory.forget(gone.name());
    return directory
        .find(gone.name())
        .chain(
            now -> {
              if (now.isSame(gone)) {
                return Uni.createFrom().failure(BucketDirectory.noSuchBucket(gone.name()));
              }
              authorizer.authorize(call.caller(), call.operation(), now.bucket(), call.head());
              now.requireAllows(call.operation());
              return work.apply(now);
            });
  }
}
