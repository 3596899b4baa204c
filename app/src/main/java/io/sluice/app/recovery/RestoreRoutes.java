package io.sluice.app.recovery;

import com.google.protobuf.ByteString;
import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.restore.MomentHolds;
import io.sluice.recovery.restore.Moments;
import io.sluice.recovery.restore.PartCopies;
import io.sluice.recovery.restore.RestorePage;
import io.sluice.recovery.restore.RestoreTerms;
import io.sluice.recovery.restore.Restorer;
import io.sluice.recovery.snapshot.SnapshotCatalog;
import io.sluice.s3.op.BucketNameRules;
import io.sluice.storage.BucketMoment;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.DifferencePage;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Compares moments of a bucket and goes back to one, a page at a time: whoever asks begins with a
 * snapshot or a time, is told the moment that this is, and asks for the next page with that. The
 * server keeps nothing between pages but a hold in the metadata, so a restore that was interrupted
 * is begun again.
 */
final class RestoreRoutes {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int PAGE_MAX = 1_000;

  /** The id of what is not there yet, and holds nothing: no bucket has it. */
  private static final long NO_BUCKET = -1;

  private final MetadataStore metadata;
  private final SnapshotCatalog catalog;
  private final Moments moments;
  private final Restorer restorer;
  private final MomentHolds holds;
  private final String rootId;

  RestoreRoutes(MetadataStore metadata, PartCopies copies, Clock clock, String rootId) {
    this.rootId = rootId;
    this.metadata = metadata;
    this.catalog = new SnapshotCatalog(metadata);
    this.moments = new Moments(metadata, clock);
    this.restorer = new Restorer(metadata, copies);
    this.holds = new MomentHolds(metadata);
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.POST, "/moments", this::moment),
        new AdminRoute(HttpMethod.GET, "/snapshots/:name/buckets", this::buckets),
        new AdminRoute(HttpMethod.POST, "/snapshots/:name/buckets", this::buckets),
        new AdminRoute(HttpMethod.POST, "/moments/end", this::end),
        new AdminRoute(HttpMethod.POST, "/moments/compare", this::compare),
        new AdminRoute(HttpMethod.POST, "/moments/restore", this::restore));
  }

  /**
   * {@code {"bucket": …, "snapshot": …}} or {@code {"bucket": …, "at": time}}; with {@code
   * "toBucket"} when it is to be restored into another, and {@code "hold": true} when it is to be
   * restored: then it is kept until {@link #end}, or until nobody asked for a page for {@link
   * MomentHolds#RENEWAL}.
   */
  private Uni<AdminAnswer> moment(AdminCall call) {
    String bucket = required(call, "bucket");
    String snapshot = call.text("snapshot");
    String at = call.text("at");
    if ((snapshot == null) == (at == null)) {
      throw AdminException.invalid("either snapshot or at is needed");
    }
    Uni<BucketMoment> found =
        snapshot != null
            ? catalog.find(snapshot).flatMap(row -> moments.in(row, bucket))
            : moments.at(RecoveryRoutes.timeMs("at", String.valueOf(at)), bucket);
    return found
        .flatMap(moment -> begun(moment, call.text("toBucket"), newHold(call)))
        .onFailure()
        .transform(failure -> explained(failure, bucket))
        .map(AdminAnswer::ok);
  }

  /** With where the target's shard is now, and whether the target is the bucket itself. */
  private Uni<JsonObject> begun(
      BucketMoment moment, @Nullable String toBucket, @Nullable String hold) {
    Bucket then = moment.bucket();
    return keep(hold, moment)
        .chain(() -> find(toBucket == null || toBucket.isEmpty() ? then.getName() : toBucket))
        .flatMap(
            now -> {
              // One that is not there will be made beside the source.
              Bucket target = now == null ? then : now;
              return restorer
                  .begin(target)
                  .map(
                      begun ->
                          RestoreAnswers.json(moment)
                              .put("begunShard", target.getShard())
                              .put("begunEpoch", begun.getEpoch())
                              .put("begunIndex", begun.getIndex())
                              .put("isSameBucket", now != null && now.getId() == then.getId())
                              .put("hold", hold));
            });
  }

  /** One that is asked for; else null. */
  private static @Nullable String newHold(AdminCall call) {
    return Boolean.TRUE.equals(call.body().getValue("hold")) ? UUID.randomUUID().toString() : null;
  }

  private static @Nullable String holdOf(AdminCall call) {
    return call.body().getJsonObject("moment").getValue("hold") instanceof String hold
        ? hold
        : null;
  }

  private Uni<Void> keep(@Nullable String hold, BucketMoment moment) {
    return hold == null ? Uni.createFrom().voidItem() : holds.keep(hold, moment);
  }

  /** Nothing more is wanted of a moment that was held. */
  private Uni<AdminAnswer> end(AdminCall call) {
    BucketMoment then = moment(call, "moment");
    String hold = holdOf(call);
    return (hold == null ? Uni.createFrom().voidItem() : holds.end(hold, then))
        .map(done -> AdminAnswer.noContent());
  }

  private Uni<AdminAnswer> buckets(AdminCall call) {
    String hold = newHold(call);
    return catalog
        .find(call.path("name"))
        .flatMap(moments::in)
        .flatMap(
            found ->
                Multi.createFrom()
                    .iterable(found)
                    .onItem()
                    .transformToUniAndConcatenate(moment -> begun(moment, null, hold))
                    .collect()
                    .in(JsonArray::new, JsonArray::add))
        .onFailure()
        .transform(failure -> explained(failure, "of the snapshot"))
        .map(shown -> AdminAnswer.ok(new JsonObject().put("moments", shown)));
  }

  private static Throwable explained(Throwable failure, String bucket) {
    if (!(failure instanceof StorageFailure.Refused refused)) {
      return failure;
    }
    String message = refused.refusal().getMessage();
    return switch (refused.code()) {
      case NO_SUCH_BUCKET ->
          AdminException.notFound(
              "NoSuchBucket",
              message.startsWith("Snapshot")
                  ? message
                  : "There was no bucket " + bucket + " at that moment.");
      case OUTSIDE_HISTORY -> AdminException.conflict("OutsideHistory", message);
      case INVALID_ARGUMENT, CONFLICT, TOO_MANY -> AdminException.conflict("Refused", message);
      default -> SnapshotRoutes.explained(failure);
    };
  }

  private static String required(AdminCall call, String name) {
    String text = call.text(name);
    if (text == null || text.isEmpty()) {
      throw AdminException.invalid(name + " is missing");
    }
    return text;
  }

  private BucketMoment moment(AdminCall call, String name) {
    try {
      JsonObject json = call.body().getJsonObject(name);
      if (json == null) {
        throw AdminException.invalid(name + " is missing");
      }
      Bucket bucket =
          Bucket.newBuilder()
              .setName(json.getString("bucket"))
              .setId(Long.parseUnsignedLong(json.getString("bucketId")))
              .setOwner(json.getString("owner", ""))
              .setRegion(json.getString("region", ""))
              .setShard(json.getInteger("shard"))
              .build();
      if (bucket.getShard() < 0 || bucket.getShard() >= metadata.shardCount()) {
        throw AdminException.invalid(name + " has no such shard");
      }
      return new BucketMoment(
          bucket,
          LogPosition.newBuilder()
              .setEpoch(json.getInteger("epoch"))
              .setIndex(json.getLong("index"))
              .build());
    } catch (ClassCastException | NullPointerException | NumberFormatException e) {
      throw AdminException.invalid(name + " is a moment as this server gives it");
    }
  }

  private static ByteString prefix(AdminCall call) {
    String prefix = call.text("prefix");
    return ByteString.copyFromUtf8(prefix == null ? "" : prefix);
  }

  private static @Nullable ByteString after(AdminCall call) {
    String after = call.text("after");
    return after == null || after.isEmpty() ? null : ByteString.copyFromUtf8(after);
  }

  /** What is different now, or at another moment ("to"), or in another bucket ("toBucket"). */
  private Uni<AdminAnswer> compare(AdminCall call) {
    BucketMoment from = moment(call, "moment");
    ByteString prefix = prefix(call);
    ByteString after = after(call);
    Uni<DifferencePage> page =
        call.body().containsKey("to")
            ? Uni.createFrom()
                .deferred(() -> restorer.compare(from, moment(call, "to"), prefix, after, PAGE_MAX))
            : target(call, from)
                .flatMap(target -> restorer.compare(from, target, prefix, after, PAGE_MAX));
    return keep(holdOf(call), from)
        .chain(() -> page)
        .onFailure()
        .transform(failure -> explained(failure, from.bucket().getName()))
        .map(found -> AdminAnswer.ok(RestoreAnswers.json(found)));
  }

  private Uni<AdminAnswer> restore(AdminCall call) {
    BucketMoment then = moment(call, "moment");
    RestoreTerms terms = terms(call);
    String hold = holdOf(call);
    if (hold == null) {
      throw AdminException.invalid("a moment that is restored is asked for with hold: true");
    }
    return keep(hold, then)
        .chain(() -> target(call, then))
        .flatMap(
            target ->
                target.getId() == NO_BUCKET ? create(call, then) : Uni.createFrom().item(target))
        .invoke(target -> requireBegunThere(call, target))
        .flatMap(target -> page(call, then, target, terms))
        .onFailure()
        .transform(failure -> explained(failure, then.bucket().getName()))
        .map(page -> AdminAnswer.ok(RestoreAnswers.json(page)));
  }

  private static RestoreTerms terms(AdminCall call) {
    JsonObject moment = call.body().getJsonObject("moment");
    try {
      return new RestoreTerms(
          call.body().getBoolean("overwrite", false),
          LogPosition.newBuilder()
              .setEpoch(moment.getInteger("begunEpoch"))
              .setIndex(moment.getLong("begunIndex"))
              .build());
    } catch (ClassCastException | NullPointerException e) {
      throw AdminException.invalid("moment is one as this server gives it, overwrite a boolean");
    }
  }

  /** Of another shard the position at which the restore began says nothing. */
  private static void requireBegunThere(AdminCall call, Bucket target) {
    Object shard = call.body().getJsonObject("moment").getValue("begunShard");
    if (!Integer.valueOf(target.getShard()).equals(shard)) {
      throw AdminException.conflict(
          "BucketMadeAgain",
          "Bucket %s is not the one into which this restore began: begin again."
              .formatted(target.getName()));
    }
  }

  private Uni<RestorePage> page(
      AdminCall call, BucketMoment then, Bucket target, RestoreTerms terms) {
    String key = call.text("key");
    return key == null
        ? restorer.restore(then, target, prefix(call), after(call), PAGE_MAX, terms)
        : restorer.restoreKey(then, target, ByteString.copyFromUtf8(key), terms);
  }

  /** The bucket into which is restored; one that is not there has the id NO_BUCKET. */
  private Uni<Bucket> target(AdminCall call, BucketMoment then) {
    String toBucket = call.text("toBucket");
    boolean inPlace = toBucket == null || toBucket.isEmpty();
    String name = inPlace ? then.bucket().getName() : String.valueOf(toBucket);
    return find(name)
        .map(
            found -> {
              if (found == null) {
                return then.bucket().toBuilder().setName(name).setId(NO_BUCKET).build();
              }
              if (inPlace && found.getId() != then.bucket().getId()) {
                throw AdminException.conflict(
                    "BucketMadeAgain",
                    "Bucket %s was deleted and made again since, and may be another's now. To"
                            .formatted(name)
                        + " restore into it all the same name it with --to-bucket.");
              }
              return found;
            });
  }

  private Uni<@Nullable Bucket> find(String name) {
    Query query = Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(name)).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .map(answer -> answer.getBucket())
        .onFailure(RestoreRoutes::isAbsent)
        .recoverWithNull();
  }

  private static boolean isAbsent(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.NO_SUCH_BUCKET;
  }

  /** Beside the source, so that no data has to move; its owner's, as the source was. */
  private Uni<Bucket> create(AdminCall call, BucketMoment then) {
    String toBucket = call.text("toBucket");
    String name = toBucket == null || toBucket.isEmpty() ? then.bucket().getName() : toBucket;
    BucketNameRules.check(name);
    CreateBucket create =
        CreateBucket.newBuilder()
            .setName(name)
            .setOwner(then.bucket().getOwner())
            .setOwnerIsAccount(!then.bucket().getOwner().equals(rootId))
            .setRegion(then.bucket().getRegion())
            .setShard(then.bucket().getShard())
            .build();
    return metadata
        .submit(
            MetadataStore.ROOT_SHARD, Command.newBuilder().setCreateBucket(create).build(), LIMIT)
        .map(outcome -> outcome.getBucket())
        .onFailure(RestoreRoutes::isOwnerless)
        .transform(
            gone ->
                AdminException.conflict(
                    "NoSuchAccount",
                    "The account that owned the bucket is gone: make bucket %s yourself, and name it with --to-bucket."
                        .formatted(name)));
  }

  private static boolean isOwnerless(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.NO_SUCH_ACCOUNT;
  }
}
