package io.sluice.cluster.channel;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;

/**
 * A request that nodes can make of each other, beside those to disks and shards.
 *
 * @param path as in Vert.x Web, {@code /v1/things/:thing}; begins with /v1/
 * @param bodyBytesMax bytes of a request's body, at most; larger ones are refused
 */
public record InternalRoute(HttpMethod method, String path, int bodyBytesMax, Handler handler) {
  /** Answers such a request. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Called on an event loop; must not block. A {@link io.sluice.storage.StorageFailure} in the
     * future, or thrown, arrives as the same at the node that asked.
     *
     * @return the answer's body
     */
    Future<Buffer> handle(InternalRequest request);
  }
}
