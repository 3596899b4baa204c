package io.sluice.app.cluster;

import io.sluice.app.node.NodeJobs;
import io.sluice.app.node.NodeJobs.Request;
import io.sluice.cluster.channel.InternalRequest;
import io.sluice.cluster.channel.InternalRoute;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.VertxUni;
import io.sluice.storage.proto.NodeRecord;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Background jobs of all nodes, through any of them: each node collects the garbage of the shards
 * that it leads, and scrubs its own disks. Any thread.
 */
final class ClusterJobs {
  private static final String PATH = "/v1/jobs/";
  private static final int BODY_BYTES_MAX = 1 << 10;
  private static final Duration CALL_LIMIT = Duration.ofSeconds(3);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  private static final List<String> SUMS =
      List.of(
          "chunksListed",
          "garbageChunks",
          "orphanChunks",
          "itemsForgotten",
          "bucketsResolved",
          "changesTrimmed");

  private final String self;
  private final RemoteNodes nodes;
  private final Supplier<List<NodeRecord>> registered;
  private volatile @Nullable NodeJobs own;

  /**
   * @param self this node's name
   * @param registered all nodes of the cluster, this one too
   */
  ClusterJobs(String self, RemoteNodes nodes, Supplier<List<NodeRecord>> registered) {
    this.self = self;
    this.nodes = nodes;
    this.registered = registered;
  }

  /** Requests are taken from now on. */
  void serve(NodeJobs opened) {
    own = opened;
  }

  List<InternalRoute> routes() {
    return List.of(
        new InternalRoute(HttpMethod.POST, PATH + ":request", BODY_BYTES_MAX, this::asked));
  }

  private Future<Buffer> asked(InternalRequest request) {
    Request wanted;
    try {
      wanted = Request.valueOf(request.pathParam("request"));
    } catch (IllegalArgumentException e) {
      return Future.failedFuture(e);
    }
    return Future.succeededFuture(here(wanted).toBuffer());
  }

  private JsonObject here(Request request) {
    NodeJobs opened = own;
    if (opened == null) {
      throw new StorageFailure.Unavailable("this node is starting", RETRY_AFTER, null);
    }
    return opened.answer(request);
  }

  /**
   * Asks every node, and puts the answers together. A clock is confirmed on this node only: whoever
   * says so looked at one clock.
   */
  Uni<JsonObject> answer(Request request) {
    if (request == Request.GC_CONFIRM_CLOCK) {
      return Uni.createFrom().item(() -> here(request));
    }
    Map<String, JsonObject> answers = new ConcurrentHashMap<>();
    List<NodeRecord> all = registered.get();
    List<Uni<Void>> asked = new ArrayList<>();
    for (NodeRecord node : all) {
      asked.add(
          ask(node, request)
              .invoke(answer -> answers.put(node.getName(), answer))
              .replaceWithVoid()
              .onFailure()
              .recoverWithNull());
    }
    return asked.isEmpty()
        ? Uni.createFrom().item(() -> here(request))
        : Uni.join().all(asked).andFailFast().map(done -> together(request, all, answers));
  }

  private Uni<JsonObject> ask(NodeRecord node, Request request) {
    if (node.getName().equals(self)) {
      return Uni.createFrom().item(() -> here(request));
    }
    return VertxUni.of(
            () ->
                nodes
                    .of(node)
                    .call(HttpMethod.POST, PATH + request.name(), Buffer.buffer(), CALL_LIMIT))
        .map(JsonObject::new);
  }

  private static JsonObject together(
      Request request, List<NodeRecord> all, Map<String, JsonObject> answers) {
    Map<String, JsonObject> ordered = new TreeMap<>(answers);
    JsonObject result =
        request == Request.SCRUB || request == Request.SCRUB_START
            ? new JsonObject().put("disks", disks(ordered))
            : gc(ordered);
    String silent =
        String.join(
            ", ",
            all.stream()
                .map(NodeRecord::getName)
                .filter(name -> !answers.containsKey(name))
                .sorted(Comparator.naturalOrder())
                .toList());
    return silent.isEmpty() ? result : new JsonObject().put("noAnswer", silent).mergeIn(result);
  }

  private static JsonArray disks(Map<String, JsonObject> byNode) {
    JsonArray disks = new JsonArray();
    byNode.forEach(
        (node, answer) -> {
          for (Object disk : answer.getJsonArray("disks")) {
            disks.add(new JsonObject().put("node", node).mergeIn((JsonObject) disk));
          }
        });
    return disks;
  }

  /** The same members as a node that is alone has, and the nodes'. */
  static JsonObject gc(Map<String, JsonObject> byNode) {
    JsonObject sum =
        new JsonObject()
            .put("running", false)
            .put("phase", "waiting")
            .putNull("started")
            .putNull("finished")
            .put("clockSuspect", false);
    SUMS.forEach(name -> sum.put(name, 0L));
    sum.putNull("lastFailure");
    JsonArray nodes = new JsonArray();
    byNode.forEach(
        (node, answer) -> {
          if (answer.getBoolean("running", false)) {
            sum.put("running", true).put("phase", answer.getString("phase"));
          }
          if (answer.getBoolean("clockSuspect", false)) {
            sum.put("clockSuspect", true);
          }
          // Times are written so that they sort.
          for (String time : List.of("started", "finished")) {
            String known = sum.getString(time);
            String given = answer.getString(time);
            if (given != null && (known == null || given.compareTo(known) > 0)) {
              sum.put(time, given);
            }
          }
          SUMS.forEach(name -> sum.put(name, sum.getLong(name) + answer.getLong(name, 0L)));
          if (answer.getString("lastFailure") != null) {
            sum.put("lastFailure", node + ": " + answer.getString("lastFailure"));
          }
          nodes.add(new JsonObject().put("node", node).mergeIn(answer));
        });
    return sum.put("nodes", nodes);
  }
}
