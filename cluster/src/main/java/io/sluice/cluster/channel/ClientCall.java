package io.sluice.cluster.channel;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One call to another node.
 *
 * @param address HOST:PORT
 * @param bulk whether it moves much, and goes over connections that small calls do not wait for
 * @param headers beside those that every call has
 * @param body not copied: its bytes stay as they are until {@code bodyDone}
 * @param bodyDone run once, when nobody looks at the body any more
 * @param idleLimit how long an answer may stand still; zero: as long as the deadline
 * @param reader reads a good answer's body. Called on an event loop. It must end when the
 *     connection does
 * @param discard what to do with an answer for which nobody waits any more
 */
record ClientCall<T>(
    String address,
    boolean bulk,
    HttpMethod method,
    String uri,
    MultiMap headers,
    @Nullable Buffer body,
    Runnable bodyDone,
    Duration deadline,
    Duration idleLimit,
    Function<HttpClientResponse, Future<T>> reader,
    Consumer<T> discard) {

  static <T> ClientCall<T> of(
      String address,
      HttpMethod method,
      String uri,
      @Nullable Buffer body,
      Duration deadline,
      Function<HttpClientResponse, Future<T>> reader) {
    return new ClientCall<>(
        address,
        false,
        method,
        uri,
        MultiMap.caseInsensitiveMultiMap(),
        body,
        () -> {},
        deadline,
        Duration.ZERO,
        reader,
        unused -> {});
  }

  ClientCall<T> withBodyDone(Runnable done) {
    return new ClientCall<>(
        address, bulk, method, uri, headers, body, done, deadline, idleLimit, reader, discard);
  }

  ClientCall<T> withDiscard(Consumer<T> by) {
    return new ClientCall<>(
        address, bulk, method, uri, headers, body, bodyDone, deadline, idleLimit, reader, by);
  }

  ClientCall<T> withIdleLimit(Duration limit) {
    return new ClientCall<>(
        address, bulk, method, uri, headers, body, bodyDone, deadline, limit, reader, discard);
  }

  ClientCall<T> withHeader(String name, String value) {
    headers.set(name, value);
    return this;
  }

  ClientCall<T> asBulk() {
    return new ClientCall<>(
        address, true, method, uri, headers, body, bodyDone, deadline, idleLimit, reader, discard);
  }
}
