package io.sluice.cluster.channel;

import com.google.protobuf.InvalidProtocolBufferException;
import io.sluice.cluster.secret.NodeCertificates;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.NodeIdentity;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client side of the internal channel: one for all nodes. Connections are kept and shared.
 *
 * <p>Any thread. Called on an event loop it stays on it; otherwise it uses one of its own.
 */
public final class InternalClient {
  private static final Logger log = LoggerFactory.getLogger(InternalClient.class);
  private static final int EVENT_LOOPS = 2;
  private static final int QUESTION_CONNECTIONS = 2;
  private static final int CHECKPOINT_WORKERS = 2;
  private static final long CHECKPOINT_BLOCK_MINUTES = 10;

  private final Vertx vertx;
  private final ClientLimits limits;

  /** For small calls. */
  private final HttpClient calls;

  /** For chunks and checkpoints. */
  private final HttpClient bulk;

  /**
   * For "who are you" alone: whether a node answers must not hang on how busy the others are. It is
   * small, for nobody asks one node twice at a time but while it forms a cluster.
   */
  private final HttpClient questions;

  private final WorkerExecutor checkpointWorkers;
  private final Context[] contexts = new Context[EVENT_LOOPS];
  private final AtomicInteger next = new AtomicInteger();

  public InternalClient(Vertx vertx, NodeCertificates certificates, ClientLimits limits) {
    this.vertx = vertx;
    this.limits = limits;
    this.calls = client(certificates, limits.connectionsMax());
    this.bulk = client(certificates, limits.connectionsMax());
    this.questions = client(certificates, Math.min(QUESTION_CONNECTIONS, limits.connectionsMax()));
    this.checkpointWorkers =
        vertx.createSharedWorkerExecutor(
            "sluice-checkpoint-fetch",
            CHECKPOINT_WORKERS,
            CHECKPOINT_BLOCK_MINUTES,
            TimeUnit.MINUTES);
    for (int i = 0; i < EVENT_LOOPS; i++) {
      contexts[i] = ((VertxInternal) vertx).createEventLoopContext();
    }
  }

  private HttpClient client(NodeCertificates certificates, int connectionsMax) {
    return vertx
        .httpClientBuilder()
        .with(options(certificates))
        .with(pool(connectionsMax))
        // Whoever waits for an answer is told; a connection that nobody uses may end as it likes.
        .withConnectHandler(
            connection ->
                connection.exceptionHandler(
                    cause ->
                        log.debug("a connection to {} ended", connection.remoteAddress(), cause)))
        .build();
  }

  private HttpClientOptions options(NodeCertificates certificates) {
    HttpClientOptions options = new HttpClientOptions();
    options
        .setSsl(true)
        .setSslEngineOptions(Wire.tlsEngine())
        .setUseAlpn(false)
        .setKeyCertOptions(certificates.keyCertOptions())
        .setTrustOptions(certificates.trustOptions())
        // Nodes are known by the secret, not by host names.
        .setVerifyHost(false)
        .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
        .setConnectTimeout((int) limits.connectLimit().toMillis())
        .setSslHandshakeTimeout(limits.connectLimit().toMillis())
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
        .setTcpNoDelay(true)
        .setReceiveBufferSize(Wire.SOCKET_BUFFER_BYTES)
        .setKeepAlive(true)
        .setKeepAliveTimeout((int) limits.keepAlive().toSeconds())
        .setMaxChunkSize(Wire.HTTP_CHUNK_BYTES);
    return options;
  }

  private PoolOptions pool(int connectionsMax) {
    return new PoolOptions()
        .setHttp1MaxSize(connectionsMax)
        .setMaxWaitQueueSize(limits.waitingMax());
  }

  /**
   * Another node, with a breaker and counts of its own: make one for each node and keep it.
   *
   * @param name the node's, for messages
   * @param address where its internal channel is, HOST:PORT; asked for each call
   */
  public RemoteNode node(String name, Supplier<String> address) {
    return new RemoteNode(this, name, address);
  }

  /**
   * Asks what is at an address, known as a node or not. No breaker and no other call stands in the
   * way, so that no answer means that there is none.
   *
   * @return fails with {@link StorageFailure.Unavailable} when nobody answers there who knows the
   *     cluster secret
   */
  public Future<NodeIdentity> identity(String address, Duration deadline) {
    return onEventLoop(() -> exchange(questions, identityCall(address, deadline)))
        .recover(cause -> Future.failedFuture(failure(cause)));
  }

  ClientCall<NodeIdentity> identityCall(String address, Duration deadline) {
    return ClientCall.of(
        address,
        HttpMethod.GET,
        Wire.PATH_NODE,
        null,
        deadline,
        response ->
            new AnswerReader(response, limits.answerBytesMax())
                .buffer()
                .compose(InternalClient::identity));
  }

  private static Future<NodeIdentity> identity(Buffer body) {
    try {
      return Future.succeededFuture(NodeIdentity.parseFrom(body.getBytes()));
    } catch (InvalidProtocolBufferException e) {
      return Future.failedFuture(e);
    }
  }

  /** Of a call that is not a command. */
  static StorageFailure failure(Throwable cause) {
    return failure(cause, 0, false);
  }

  static StorageFailure failure(Throwable cause, int shard, boolean isCommand) {
    if (cause instanceof StorageFailure known) {
      return known;
    }
    if (cause instanceof ChannelFailure channel) {
      return channel.toStorage(isCommand);
    }
    if (cause instanceof ClientExchange.Answered answered) {
      return FailureCodec.toStorage(answered.failure(), shard, isCommand);
    }
    return FailureCodec.surprise(cause.toString(), isCommand);
  }

  /** Makes a call; on an event loop. */
  <T> Future<T> send(ClientCall<T> call) {
    return exchange(call.bulk() ? bulk : calls, call);
  }

  private <T> Future<T> exchange(HttpClient client, ClientCall<T> call) {
    return new ClientExchange<>(vertx, client, call).start(limits.connectLimit());
  }

  /** Does something on the current event loop, or on one of the client's. */
  <T> Future<T> onEventLoop(Supplier<Future<T>> call) {
    Context current = Vertx.currentContext();
    if (current != null && current.isEventLoopContext() && Context.isOnEventLoopThread()) {
      return call.get();
    }
    Promise<T> result = Promise.promise();
    contexts[Math.floorMod(next.getAndIncrement(), EVENT_LOOPS)].runOnContext(
        started -> call.get().onComplete(result));
    return result.future();
  }

  Vertx vertx() {
    return vertx;
  }

  ClientLimits limits() {
    return limits;
  }

  WorkerExecutor checkpointWorkers() {
    return checkpointWorkers;
  }

  /** Closes all connections: calls under way fail. */
  public Future<Void> close() {
    return Future.join(calls.close(), bulk.close(), questions.close())
        .transform(closed -> checkpointWorkers.close());
  }
}
