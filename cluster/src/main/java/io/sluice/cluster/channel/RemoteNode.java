package io.sluice.cluster.channel;

import com.google.protobuf.InvalidProtocolBufferException;
import io.sluice.storage.MetadataPeer;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.DiskHint;
import io.sluice.storage.proto.NodeIdentity;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Another node of the cluster, over the internal channel.
 *
 * <p>After a few calls in a row that brought no answer its breaker opens: calls fail at once, until
 * the node answers a question that is asked after a pause, and again after each further one. An
 * answer of any kind, a refusal too, shows that the node is alive. Any thread.
 */
public final class RemoteNode {
  private static final Logger log = LoggerFactory.getLogger(RemoteNode.class);

  /** An answer to "who are you" needs no disk. */
  private static final Duration PROBE_LIMIT = Duration.ofSeconds(1);

  private final InternalClient client;
  private final String name;
  private final Supplier<String> address;
  private final CircuitBreaker breaker;
  private final InFlight chunks;
  private final AtomicBoolean toldUp = new AtomicBoolean(true);
  private volatile boolean closed;

  RemoteNode(InternalClient client, String name, Supplier<String> address) {
    this.client = client;
    this.name = name;
    this.address = address;
    ClientLimits limits = client.limits();
    this.chunks = new InFlight(Integer.MAX_VALUE, limits.bytesInFlightMax());
    long pauseMs = limits.breakerPause().toMillis();
    long jitterMs = ThreadLocalRandom.current().nextLong(pauseMs / 4 + 1);
    this.breaker =
        CircuitBreaker.create(
            "node-" + name,
            client.vertx(),
            new CircuitBreakerOptions()
                .setMaxFailures(limits.breakerFailures())
                // Failures that are spread over more time than this are not in a row.
                .setFailuresRollingWindow(3 * limits.requestLimit().toMillis())
                .setTimeout(-1)
                .setResetTimeout(pauseMs + jitterMs));
    breaker.<Object>failurePolicy(
        call -> call.failed() && call.cause() instanceof ChannelFailure f && f.isTrouble());
    breaker.halfOpenHandler(half -> probe());
    breaker.openHandler(opened -> tell("Node {} does not answer at {}"));
    breaker.closeHandler(answered -> tell("Node {} answers again at {}"));
  }

  public String name() {
    return name;
  }

  /** Whether calls are made; while not, they fail at once. */
  public boolean isReachable() {
    return breaker.state() == CircuitBreakerState.CLOSED;
  }

  /** Once for each change: a node that is asked in vain stays as it was. */
  private void tell(String what) {
    boolean isUp = breaker.state() == CircuitBreakerState.CLOSED;
    if (toldUp.getAndSet(isUp) != isUp) {
      log.warn(what, name, address.get());
    }
  }

  private void probe() {
    if (!closed) {
      Future<NodeIdentity> unused =
          guarded(() -> client.send(client.identityCall(address.get(), PROBE_LIMIT)));
    }
  }

  /**
   * What the node is, asked whether or not the breaker is open, on connections of its own. Fails
   * with {@link StorageFailure.Unavailable}: no answer came.
   */
  public Future<NodeIdentity> identity(Duration deadline) {
    return client.identity(address.get(), deadline);
  }

  /**
   * A disk of the node.
   *
   * @param hint the newest that was heard of the disk; null when nothing was
   */
  public ChunkReplica replica(String diskId, Supplier<@Nullable DiskHint> hint) {
    return new RemoteReplica(this, diskId, hint);
  }

  /** The node's metadata server. */
  public MetadataPeer metadata() {
    return new RemoteMetadataPeer(this);
  }

  /** Asks how a disk of the node is. */
  public Future<DiskHint> disk(String diskId) {
    return call(HttpMethod.GET, Wire.PATH_DISKS + diskId, null, limits().requestLimit())
        .compose(
            body -> {
              try {
                return Future.succeededFuture(DiskHint.parseFrom(body.getBytes()));
              } catch (InvalidProtocolBufferException e) {
                return Future.failedFuture(failure(e, 0, false));
              }
            });
  }

  /**
   * Makes a request of an {@link InternalRoute}.
   *
   * @param uri path and query
   * @return the answer's body; fails with the {@link StorageFailure} that the other node answered
   *     with, or {@link StorageFailure.Unavailable}: then it may have been done all the same
   */
  public Future<Buffer> call(
      HttpMethod method, String uri, @Nullable Buffer body, Duration deadline) {
    return send(ClientCall.of(address.get(), method, uri, body, deadline, this::answer))
        .recover(cause -> Future.failedFuture(failure(cause, 0, false)));
  }

  /**
   * Fetches a checkpoint of a shard's state.
   *
   * @param directory there and empty; after a failure it is empty again
   * @param deadline for all of it
   * @return completes when it is whole, checked and durable
   */
  public Future<Void> fetchCheckpoint(int shard, Path directory, Duration deadline) {
    List<Future<Void>> receiving = new ArrayList<>(1); // on the call's event loop only
    ClientCall<Void> call =
        ClientCall.of(
                address.get(),
                HttpMethod.GET,
                Wire.PATH_SHARDS + shard + "/checkpoint",
                null,
                deadline,
                response -> {
                  Future<Void> received =
                      new CheckpointReceiver(response, directory, client.checkpointWorkers())
                          .receive();
                  receiving.add(received);
                  return received;
                })
            .withIdleLimit(client.limits().idleLimit())
            .asBulk();
    // A call that failed may still be tidying up.
    return send(call)
        .recover(
            cause ->
                Future.join(receiving)
                    .transform(ended -> Future.failedFuture(failure(cause, shard, false))));
  }

  Future<Buffer> answer(HttpClientResponse response) {
    return new AnswerReader(response, client.limits().answerBytesMax()).buffer();
  }

  /** Makes a call unless the breaker is open. Its failures are not yet translated. */
  <T> Future<T> send(ClientCall<T> call) {
    return guarded(() -> client.send(call))
        .onFailure(
            cause -> {
              if (cause instanceof OpenCircuitException) {
                call.bodyDone().run();
              }
            });
  }

  private <T> Future<T> guarded(Supplier<Future<T>> call) {
    return client.onEventLoop(() -> breaker.execute(call));
  }

  StorageFailure failure(Throwable cause, int shard, boolean isCommand) {
    return cause instanceof OpenCircuitException
        ? new StorageFailure.Unavailable(
            "node " + name + " does not answer", Wire.RETRY_AFTER, null)
        : InternalClient.failure(cause, shard, isCommand);
  }

  String address() {
    return address.get();
  }

  ClientLimits limits() {
    return client.limits();
  }

  /** Chunks on their way to and from the node. */
  InFlight chunks() {
    return chunks;
  }

  /** Asks no more whether the node is back. Calls still work. */
  public void close() {
    closed = true;
    breaker.close();
  }

  @Override
  public String toString() {
    return "RemoteNode[" + name + "]";
  }
}
