package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.snapshot.SnapshotCatalog;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.SnapshotPins;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.ListPins;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.SnapshotRow;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes, lists and removes snapshots. */
final class SnapshotRoutes {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final DateTimeFormatter DEFAULT_NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** What can stand in the name of a bucket. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");

  private static final int NAME_LENGTH_MAX = 32;

  private final MetadataStore metadata;
  private final SnapshotCatalog catalog;
  private final Clock clock;

  SnapshotRoutes(MetadataStore metadata, Clock clock) {
    this.metadata = metadata;
    this.catalog = new SnapshotCatalog(metadata);
    this.clock = clock;
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.GET, "/snapshots", call -> list()),
        new AdminRoute(HttpMethod.POST, "/snapshots", this::create),
        new AdminRoute(HttpMethod.GET, "/snapshots/:name", this::show),
        new AdminRoute(HttpMethod.DELETE, "/snapshots/:name", this::remove));
  }

  private Uni<AdminAnswer> create(AdminCall call) {
    String bucket = call.text("bucket");
    String given = call.text("name");
    String expires = call.text("expires");
    String name = given == null ? DEFAULT_NAME.format(clock.instant()) : given;
    if (name.length() > NAME_LENGTH_MAX || !NAME.matcher(name).matches()) {
      throw AdminException.invalid(
          "The name of a snapshot has 1 to 32 lower-case letters, digits and single hyphens between"
              + " them; '"
              + name
              + "' is another.");
    }
    long expiresMs = expires == null ? 0 : RecoveryRoutes.timeMs("expires", expires);
    if (expires != null && expiresMs <= clock.millis()) {
      throw AdminException.invalid("expires lies in the past: " + expires);
    }
    return catalog
        .create(name, bucket == null ? "" : bucket, expiresMs)
        .onFailure(SnapshotRoutes::isRefused)
        .transform(failure -> refused((StorageFailure.Refused) failure, bucket))
        .map(made -> AdminAnswer.created(json(made, List.of())));
  }

  private static boolean isRefused(Throwable failure) {
    return failure instanceof StorageFailure.Refused;
  }

  private static Throwable refused(StorageFailure.Refused refused, @Nullable String bucket) {
    String message = refused.refusal().getMessage();
    return switch (refused.code()) {
      case SNAPSHOT_EXISTS -> AdminException.conflict("SnapshotExists", message);
      case NO_SUCH_BUCKET ->
          AdminException.notFound("NoSuchBucket", "There is no bucket " + bucket + ".");
      case NO_SUCH_SNAPSHOT -> AdminException.notFound("NoSuchSnapshot", message);
      case TOO_MANY, FORMAT_NOT_ACTIVE -> AdminException.conflict("Refused", message);
      default -> refused;
    };
  }

  private Uni<AdminAnswer> list() {
    return pins()
        .flatMap(
            pins ->
                catalog
                    .list()
                    .map(
                        all -> {
                          JsonArray shown = new JsonArray();
                          all.forEach(row -> shown.add(json(row, pins)));
                          return AdminAnswer.ok(new JsonObject().put("snapshots", shown));
                        }));
  }

  private Uni<AdminAnswer> show(AdminCall call) {
    return pins().flatMap(pins -> find(call).map(row -> AdminAnswer.ok(json(row, pins))));
  }

  private Uni<AdminAnswer> remove(AdminCall call) {
    return find(call)
        .flatMap(catalog::remove)
        .onFailure(SnapshotRoutes::isRefused)
        .transform(failure -> refused((StorageFailure.Refused) failure, null))
        .map(removed -> AdminAnswer.noContent());
  }

  private Uni<SnapshotRow> find(AdminCall call) {
    String name = call.path("name");
    return catalog
        .list()
        .map(
            all ->
                all.stream()
                    .filter(row -> row.getName().equals(name))
                    .findAny()
                    .orElseThrow(
                        () ->
                            AdminException.notFound(
                                "NoSuchSnapshot", "There is no snapshot " + name + ".")));
  }

  private Uni<List<PinRow>> pins() {
    Query query = Query.newBuilder().setListPins(ListPins.getDefaultInstance()).build();
    return Multi.createFrom()
        .range(0, metadata.shardCount())
        .onItem()
        .transformToUniAndConcatenate(shard -> metadata.query(shard, query, LIMIT))
        .collect()
        .in(ArrayList::new, (all, answer) -> all.addAll(answer.getPins().getPinsList()));
  }

  /** One that has expired is there, and can be read, until garbage collection trusts the clock. */
  static String state(SnapshotRow row, long nowMs) {
    if (row.getExpiresMs() != 0 && row.getExpiresMs() <= nowMs) {
      return "expired";
    }
    return row.getPositionsCount() == 0 ? "making" : "complete";
  }

  private JsonObject json(SnapshotRow row, List<PinRow> pins) {
    JsonObject json =
        new JsonObject()
            .put("name", row.getName())
            .put("id", row.getId())
            .put("state", state(row, clock.millis()))
            .put("created", Instant.ofEpochMilli(row.getCreatedMs()).toString())
            .put("ageSeconds", Math.max(0, (clock.millis() - row.getCreatedMs()) / 1_000));
    if (!row.getBucket().isEmpty()) {
      json.put("bucket", row.getBucket());
    }
    if (row.getExpiresMs() != 0) {
      json.put("expires", Instant.ofEpochMilli(row.getExpiresMs()).toString());
    }
    long objects = 0;
    long bytes = 0;
    for (PinRow pin : pins) {
      if (SnapshotPins.isOf(pin.getId(), row.getId())) {
        objects += pin.getObjects();
        bytes += pin.getBytes();
      }
    }
    return json.put("keptObjects", objects).put("keptBytes", bytes);
  }

  /** For others that are asked for a snapshot by name. */
  static Throwable explained(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
            && refused.code() == RefusalCode.NO_SUCH_SNAPSHOT
        ? refused(refused, null)
        : failure;
  }
}
