package io.sluice.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Vert.x's decoder, less patient.
 *
 * <p>It refuses messages of whose end two readers could think differently, which is how requests
 * are smuggled past a proxy: Netty drops the length where there is a transfer encoding too, and
 * takes a body in an encoding that it does not know for none, so that the body is served as the
 * next request. What follows a refused message is never read as a request.
 *
 * <p>And it closes connections whose client takes too long over the head of a request. The idle
 * time-out does not see those: a byte now and then is enough for it.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#section-6.3">RFC 9112, 6.3</a>
 */
final class StrictRequestDecoder extends VertxHttpRequestDecoder {
  private final HttpConnection connection;
  private final long headLimitMs;
  private boolean inMessage;
  private boolean inHead;
  private long headsDecoded;
  private long headWaitedFor;
  private @Nullable ScheduledFuture<?> headTimer;

  private StrictRequestDecoder(
      HttpConnection connection, HttpServerOptions options, Duration headLimit) {
    super(options);
    this.connection = connection;
    this.headLimitMs = headLimit.toMillis();
  }

  /** Puts it in the place of Vert.x's own. Before the first byte of the connection was read. */
  static void install(HttpConnection connection, HttpServerOptions options, Duration headLimit) {
    ((ConnectionBase) connection)
        .channel()
        .pipeline()
        .replace(
            HttpRequestDecoder.class,
            "httpDecoder",
            new StrictRequestDecoder(connection, options, headLimit));
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) throws Exception {
    super.channelRead(context, bytes);
    boolean pending = inHead || (!inMessage && actualReadableBytes() > 0);
    if (headTimer != null && (!pending || headWaitedFor != headsDecoded)) {
      stopTimer();
    }
    if (pending && headTimer == null) {
      headWaitedFor = headsDecoded;
      startTimer(context);
    }
  }

  private void startTimer(ChannelHandlerContext context) {
    headTimer =
        context.executor().schedule(() -> headIsLate(context), headLimitMs, TimeUnit.MILLISECONDS);
  }

  private void stopTimer() {
    if (headTimer != null) {
      headTimer.cancel(false);
      headTimer = null;
    }
  }

  private void headIsLate(ChannelHandlerContext context) {
    if (context.channel().config().isAutoRead()) {
      connection.close();
    } else {
      // It is we who don't read: the request before this one is not finished.
      startTimer(context);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    stopTimer();
    super.channelInactive(context);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws Exception {
    super.decode(context, in, out);
    if (!out.isEmpty() && out.get(out.size() - 1) instanceof LastHttpContent) {
      inMessage = false;
    }
  }

  @Override
  protected HttpMessage createMessage(String[] initialLine) {
    inHead = true;
    return super.createMessage(initialLine);
  }

  /** Asked once for each message, when its head is complete and nothing of it was dropped yet. */
  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    inHead = false;
    inMessage = true;
    headsDecoded++;
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
