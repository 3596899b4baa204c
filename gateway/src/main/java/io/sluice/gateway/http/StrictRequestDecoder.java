package io.sluice.gateway.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.List;

/**
 * Refuses messages of whose end two readers could think differently, which is how requests are
 * smuggled past a proxy: Netty drops the length where there is a transfer encoding too, and takes a
 * body in an encoding that it does not know for none, so that the body is served as the next
 * request. What follows a refused message is never read as a request.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#section-6.3">RFC 9112, 6.3</a>
 */
final class StrictRequestDecoder extends VertxHttpRequestDecoder {
  private StrictRequestDecoder(HttpServerOptions options) {
    super(options);
  }

  /** Puts it in the place of Vert.x's own. Before the first byte of the connection was read. */
  static void install(HttpConnection connection, HttpServerOptions options) {
    ((ConnectionBase) connection)
        .channel()
        .pipeline()
        .replace(HttpRequestDecoder.class, "httpDecoder", new StrictRequestDecoder(options));
  }

  /** Asked once for each message, when its head is complete and nothing of it was dropped yet. */
  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    List<String> encodings = message.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
    if (!encodings.isEmpty()) {
      if (encodings.size() > 1
          || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(encodings.get(0))) {
        throw new IllegalArgumentException("a transfer encoding other than chunked");
      }
      if (message.headers().contains(HttpHeaderNames.CONTENT_LENGTH)) {
        throw new IllegalArgumentException("a length and a transfer encoding");
      }
    }
    return super.isContentAlwaysEmpty(message);
  }
}
