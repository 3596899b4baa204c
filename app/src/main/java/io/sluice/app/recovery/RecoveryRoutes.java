package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.restore.PartCopies;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.HistoryHold;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.SetHistoryWindow;
import io.sluice.storage.proto.ShardStatus;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Snapshots, restores, and how long what was replaced or deleted is kept. */
public final class RecoveryRoutes {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** More than a hundred years: an upper bound that no sum with a time passes. */
  private static final Duration WINDOW_MAX = Duration.ofDays(36_500);

  private final MetadataStore metadata;
  private final PartCopies copies;
  private final Clock clock;
  private final String rootId;

  /**
   * @param copies move bytes from one shard to another
   * @param rootId the id of the root account, which has no row
   */
  public RecoveryRoutes(MetadataStore metadata, PartCopies copies, Clock clock, String rootId) {
    this.metadata = metadata;
    this.copies = copies;
    this.clock = clock;
    this.rootId = rootId;
  }

  public List<AdminRoute> routes() {
    List<AdminRoute> routes = new ArrayList<>();
    routes.addAll(new SnapshotRoutes(metadata, clock).routes());
    routes.addAll(new RestoreRoutes(metadata, copies, clock, rootId).routes());
    routes.add(new AdminRoute(HttpMethod.GET, "/recovery/history", call -> history()));
    routes.add(new AdminRoute(HttpMethod.PUT, "/recovery/history", this::setWindow));
    return routes;
  }

  private Uni<AdminAnswer> history() {
    Query query = Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();
    return Multi.createFrom()
        .range(0, metadata.shardCount())
        .onItem()
        .transformToUniAndConcatenate(shard -> metadata.query(shard, query, LIMIT))
        .map(answer -> answer.getStatus())
        .collect()
        .asList()
        .map(RecoveryRoutes::json)
        .map(AdminAnswer::ok);
  }

  private static JsonObject json(List<ShardStatus> shards) {
    long windowMs = shards.stream().mapToLong(ShardStatus::getHistoryWindowMs).min().orElse(0);
    return new JsonObject()
        .put("window", Duration.ofMillis(windowMs).toString())
        .put("windowSeconds", windowMs / 1_000)
        .put("rows", shards.stream().mapToLong(ShardStatus::getHistory).sum())
        .put("holds", holds(shards));
  }

  /** Of restores that are under way, or whose client died a while ago. */
  private static JsonArray holds(List<ShardStatus> shards) {
    JsonArray holds = new JsonArray();
    for (int shard = 0; shard < shards.size(); shard++) {
      for (HistoryHold hold : shards.get(shard).getHoldsList()) {
        holds.add(
            new JsonObject()
                .put("id", hold.getId())
                .put("shard", shard)
                .put("expires", Instant.ofEpochMilli(hold.getExpiresMs()).toString()));
      }
    }
    return holds;
  }

  /** In every shard; done again, it does what is left. */
  private Uni<AdminAnswer> setWindow(AdminCall call) {
    SetHistoryWindow window =
        SetHistoryWindow.newBuilder().setWindowMs(duration(call).toMillis()).build();
    Command command =
        Command.newBuilder().setFormat(FormatRange.HISTORY).setSetHistoryWindow(window).build();
    return Multi.createFrom()
        .range(0, metadata.shardCount())
        .onItem()
        .transformToUniAndConcatenate(shard -> metadata.submit(shard, command, LIMIT))
        .onItem()
        .ignoreAsUni()
        .chain(this::history);
  }

  private static Duration duration(AdminCall call) {
    Object seconds = call.body().getValue("windowSeconds");
    if (!(seconds instanceof Number number)
        || number.longValue() < 0
        || number.longValue() > WINDOW_MAX.toSeconds()) {
      throw AdminException.invalid("windowSeconds is a number of seconds, 0 or more");
    }
    return Duration.ofSeconds(number.longValue());
  }

  /** Milliseconds since 1970 of a time in a body. */
  static long timeMs(String name, String text) {
    try {
      return Instant.parse(text).toEpochMilli();
    } catch (java.time.DateTimeException | ArithmeticException e) {
      throw AdminException.invalid(
          name + " is a time such as 2026-11-21T10:00:00Z, and not '" + text + "'");
    }
  }
}
