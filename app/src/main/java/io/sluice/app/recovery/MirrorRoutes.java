package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.mirror.MirrorGround;
import io.sluice.recovery.mirror.MirrorPlace;
import io.sluice.recovery.mirror.MirrorRecords;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Pattern;

/** Buckets that are mirrored, and how far that is. */
final class MirrorRoutes {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]+([.-][a-z0-9]+)*");
  private static final int NAME_LENGTH_MAX = 64;
  private static final int PREFIX_LENGTH_MAX = 1024;
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** A directory may hang for ever. */
  private static final Duration LOOK_LIMIT = Duration.ofSeconds(30);

  private static final long DELAY_SECONDS_MAX = Duration.ofDays(365).toSeconds();

  private final MetadataStore metadata;
  private final MirrorRecords records;
  private final MirrorGround.Places places;
  private final Executor lookers;
  private final MirrorJson json;

  MirrorRoutes(
      MetadataStore metadata,
      MirrorRecords records,
      MirrorGround.Places places,
      Executor lookers,
      Clock clock) {
    this.metadata = metadata;
    this.records = records;
    this.places = places;
    this.lookers = lookers;
    this.json = new MirrorJson(clock);
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.GET, "/mirrors", call -> list()),
        new AdminRoute(HttpMethod.POST, "/mirrors", this::add),
        new AdminRoute(HttpMethod.GET, "/mirrors/:name", this::show),
        new AdminRoute(HttpMethod.DELETE, "/mirrors/:name", this::remove));
  }

  private Uni<AdminAnswer> list() {
    return records
        .page()
        .map(
            page -> {
              JsonArray shown = new JsonArray();
              page.getMirrorsList()
                  .forEach(mirror -> shown.add(json.of(mirror, page.getWritesClosed())));
              return AdminAnswer.ok(new JsonObject().put("mirrors", shown));
            });
  }

  private Uni<AdminAnswer> show(AdminCall call) {
    String name = call.path("name");
    return records
        .page()
        .map(
            page ->
                page.getMirrorsList().stream()
                    .filter(mirror -> mirror.getName().equals(name))
                    .findFirst()
                    .map(mirror -> AdminAnswer.ok(json.of(mirror, page.getWritesClosed())))
                    .orElseThrow(
                        () ->
                            AdminException.notFound(
                                "NoSuchMirror", "There is no mirror %s.".formatted(name))));
  }

  private Uni<AdminAnswer> remove(AdminCall call) {
    return records
        .remove(call.path("name"))
        .onFailure()
        .transform(MirrorRoutes::explained)
        .map(removed -> AdminAnswer.noContent());
  }

  private Uni<AdminAnswer> add(AdminCall call) {
    MirrorRecord wanted = wanted(call);
    boolean overwrite = Boolean.TRUE.equals(call.body().getValue("overwrite"));
    return bucket(wanted.getBucket())
        .map(
            bucket ->
                wanted.toBuilder().setBucketId(bucket.getId()).setShard(bucket.getShard()).build())
        .call(mirror -> look(mirror, overwrite))
        .flatMap(records::put)
        .onFailure()
        .transform(MirrorRoutes::explained)
        .map(made -> AdminAnswer.created(json.of(made, false)));
  }

  private static MirrorRecord wanted(AdminCall call) {
    String bucket = call.text("bucket");
    String url = call.text("url");
    String name = call.text("name");
    String credentialsFile = call.text("credentialsFile");
    String prefix = call.text("prefix");
    if (bucket == null || url == null || url.isEmpty()) {
      throw AdminException.invalid("bucket and url are needed");
    }
    String called = name == null ? bucket : name;
    if (called.length() > NAME_LENGTH_MAX || !NAME.matcher(called).matches()) {
      throw AdminException.invalid(
          "The name of a mirror has 1 to 64 lower-case letters, digits and single hyphens or dots"
              + " between them; '%s' is another.".formatted(called));
    }
    if (prefix != null && prefix.length() > PREFIX_LENGTH_MAX) {
      throw AdminException.invalid("A prefix has at most 1,024 characters.");
    }
    return MirrorRecord.newBuilder()
        .setName(called)
        .setBucket(bucket)
        .setUrl(url)
        .setCredentialsFile(credentialsFile == null ? "" : credentialsFile)
        .setPrefix(prefix == null ? "" : prefix)
        .setDeleteDelayMs(
            Duration.ofSeconds(number(call, "deleteDelaySeconds", DELAY_SECONDS_MAX)).toMillis())
        .setBytesPerSecondMax(number(call, "bytesPerSecondMax", Long.MAX_VALUE))
        .setReplication(Boolean.TRUE.equals(call.body().getValue("replication")))
        .build();
  }

  private static long number(AdminCall call, String name, long max) {
    Object given = call.body().getValue(name);
    if (given == null) {
      return 0;
    }
    if (!(given instanceof Number number) || number.longValue() < 0 || number.longValue() > max) {
      throw AdminException.invalid(name + " is a number from 0 to " + max);
    }
    return number.longValue();
  }

  private Uni<Bucket> bucket(String name) {
    Query query = Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(name)).build();
    return metadata.query(MetadataStore.ROOT_SHARD, query, LIMIT).map(answer -> answer.getBucket());
  }

  /** Looks whether the place can be used, and whether it is empty, before anything is changed. */
  private Uni<Void> look(MirrorRecord mirror, boolean overwrite) {
    return Uni.createFrom()
        .<Void>emitter(
            emitter ->
                lookers.execute(
                    () -> {
                      try {
                        requireUsable(mirror, overwrite);
                        emitter.complete(null);
                      } catch (IOException | RuntimeException e) {
                        emitter.fail(e);
                      }
                    }))
        .ifNoItem()
        .after(LOOK_LIMIT)
        .failWith(
            () -> new IOException("it does not answer within " + LOOK_LIMIT.toSeconds() + " s"))
        .onFailure(RejectedExecutionException.class)
        .transform(
            failure -> AdminException.conflict("Busy", "Other endpoints are looked at: try again."))
        .onFailure(IOException.class)
        .transform(
            failure ->
                AdminException.conflict(
                    "MirrorUnreachable", "The place can't be used: " + failure.getMessage()));
  }

  private void requireUsable(MirrorRecord mirror, boolean overwrite) throws IOException {
    if (!mirror.getUrl().startsWith("s3://") && !mirror.getUrl().startsWith("file:///")) {
      throw AdminException.invalid(
          "a mirror is s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION, or"
              + " file:///DIRECTORY");
    }
    if (mirror.getReplication() && !mirror.getUrl().startsWith("s3://")) {
      throw AdminException.invalid(
          "a replication goes to a bucket, s3://BUCKET, not to a directory");
    }
    String unused = TargetRoutes.placeUrl(mirror.getUrl());
    try (MirrorPlace place = places.open(mirror)) {
      if (!overwrite && !place.isEmpty()) {
        throw AdminException.conflict(
            "MirrorNotEmpty",
            "%s is not empty, and nothing was changed; say --overwrite to replace what has the"
                    .formatted(place)
                + " same keys");
      }
    }
  }

  private static Throwable explained(Throwable failure) {
    if (!(failure instanceof StorageFailure.Refused refused)) {
      return failure;
    }
    String message = refused.refusal().getMessage();
    return switch (refused.code()) {
      case NO_SUCH_MIRROR -> AdminException.notFound("NoSuchMirror", message);
      case NO_SUCH_BUCKET -> AdminException.notFound("NoSuchBucket", message);
      case INVALID_ARGUMENT -> AdminException.invalid(message);
      case CONFLICT, TOO_MANY, FORMAT_NOT_ACTIVE -> AdminException.conflict("Refused", message);
      default -> failure;
    };
  }
}
