package io.sluice.app.cluster;

import io.sluice.cluster.channel.InternalRequest;
import io.sluice.cluster.channel.InternalRoute;
import io.sluice.cluster.channel.RemoteNode;
import io.sluice.gateway.admin.AdminException;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.VertxUni;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Has a command of the administration done by the node that leads shard 0, which may be this one:
 * there the layout is kept, and who votes is known. Any thread.
 */
final class LeaderCall {
  private static final String PATH = "/v1/cluster/";
  private static final int BODY_BYTES_MAX = 64 << 10;
  private static final Duration CALL_LIMIT = Duration.ofSeconds(15);
  private static final Duration RETRY_FIRST = Duration.ofMillis(200);
  private static final Duration RETRY_MAX = Duration.ofSeconds(1);
  private static final Duration RETRY_LIMIT = Duration.ofSeconds(6);
  private static final String REFUSED = "refused";

  private volatile @Nullable OwnPeer metadata;
  private volatile @Nullable PeerDirectory peers;
  private volatile @Nullable BiFunction<String, JsonObject, Uni<JsonObject>> commands;

  /**
   * Commands are taken from now on.
   *
   * @param does does a command, by its name, on this node; fails with {@link AdminException} for
   *     what the caller did wrong
   */
  void serve(
      OwnPeer own, PeerDirectory directory, BiFunction<String, JsonObject, Uni<JsonObject>> does) {
    metadata = own;
    peers = directory;
    commands = does;
  }

  List<InternalRoute> routes() {
    return List.of(
        new InternalRoute(HttpMethod.POST, PATH + ":command", BODY_BYTES_MAX, this::asked));
  }

  private Future<Buffer> asked(InternalRequest request) {
    if (!leadsHere()) {
      throw new StorageFailure.NotLeader(MetadataStore.ROOT_SHARD, null);
    }
    JsonObject arguments;
    try {
      arguments = new JsonObject(request.body());
    } catch (DecodeException e) {
      return Future.failedFuture(e);
    }
    return Future.fromCompletionStage(
        here(request.pathParam("command"), arguments)
            .onFailure(AdminException.class)
            .recoverWithItem(LeaderCall::refusal)
            .map(JsonObject::toBuffer)
            .subscribeAsCompletionStage());
  }

  /** Does it, wherever the leader is. */
  Uni<JsonObject> run(String command, JsonObject arguments) {
    return Uni.createFrom()
        .deferred(
            () -> leadsHere() ? here(command, arguments) : elsewhere(command, arguments, order()))
        // Nothing was done then, and who leads next is known in a moment.
        .onFailure(StorageFailure.NotLeader.class)
        .retry()
        .withBackOff(RETRY_FIRST, RETRY_MAX)
        .expireIn(RETRY_LIMIT.toMillis())
        .onFailure(failure -> !(failure instanceof AdminException))
        .transform(
            failure ->
                new AdminException(503, "Unavailable", "not now, try again: " + reason(failure)));
  }

  private static @Nullable String reason(Throwable failure) {
    return failure instanceof StorageFailure.NotLeader
        ? "no node leads the metadata's shard 0, which takes a majority of its voters"
        : failure.getMessage();
  }

  private boolean leadsHere() {
    OwnPeer own = metadata;
    return own != null && own.leads(MetadataStore.ROOT_SHARD);
  }

  private Uni<JsonObject> here(String command, JsonObject arguments) {
    BiFunction<String, JsonObject, Uni<JsonObject>> does = commands;
    return does == null
        ? Uni.createFrom().failure(nobody())
        : Uni.createFrom().deferred(() -> does.apply(command, arguments));
  }

  private static StorageFailure nobody() {
    return new StorageFailure.NotLeader(MetadataStore.ROOT_SHARD, null);
  }

  /** The node that is believed to lead, then the others. */
  private List<RemoteNode> order() {
    OwnPeer own = metadata;
    PeerDirectory directory = peers;
    List<RemoteNode> order = new ArrayList<>();
    if (own == null || directory == null) {
      return order;
    }
    Map<String, RemoteNode> others = directory.others();
    String leader = own.leader(MetadataStore.ROOT_SHARD);
    RemoteNode first = leader == null ? null : others.remove(leader);
    if (first != null) {
      order.add(first);
    }
    order.addAll(others.values());
    return order;
  }

  /**
   * The next one is asked when one does not lead or answer. It may have done it all the same: each
   * command can be done twice.
   */
  private Uni<JsonObject> elsewhere(String command, JsonObject arguments, List<RemoteNode> order) {
    if (order.isEmpty()) {
      return Uni.createFrom().failure(nobody());
    }
    List<RemoteNode> rest = order.subList(1, order.size());
    return VertxUni.of(
            () ->
                order
                    .get(0)
                    .call(HttpMethod.POST, PATH + command, arguments.toBuffer(), CALL_LIMIT))
        .map(LeaderCall::answer)
        .onFailure(StorageFailure.class)
        .recoverWithUni(() -> elsewhere(command, arguments, rest));
  }

  private static JsonObject refusal(AdminException failure) {
    return new JsonObject()
        .put(
            REFUSED,
            new JsonObject()
                .put("status", failure.status())
                .put("code", failure.code())
                .put("message", failure.getMessage()));
  }

  private static JsonObject answer(Buffer body) {
    JsonObject answer = new JsonObject(body);
    JsonObject refused = answer.getJsonObject(REFUSED);
    if (refused != null) {
      throw new AdminException(
          refused.getInteger("status"), refused.getString("code"), refused.getString("message"));
    }
    return answer;
  }
}
