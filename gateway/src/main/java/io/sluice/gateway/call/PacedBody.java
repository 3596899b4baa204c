package io.sluice.gateway.call;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A request's body that must come: at some rate over each window, and never be silent for half of
 * one. The idle time-out of connections does not see a body that drips, a byte now and then, and
 * holds a place among the requests and memory for as long as its sender likes.
 *
 * <p>Only time in which the body was wanted counts: while it is paused, it is we who are slow. One
 * that is late fails with S3's {@code RequestTimeout}.
 *
 * <p>For the request's event loop only.
 */
public final class PacedBody implements ReadStream<Buffer> {
  private static final int TICKS = 6;
  private static final int TICKS_SILENT_MAX = TICKS / 2;

  /**
   * How fast a body must come.
   *
   * @param window over which the rate is taken, at least some milliseconds
   * @param bytesPerSecondMin 0: no body is ever late
   */
  public record Limit(Duration window, long bytesPerSecondMin) {
    /** Slower than any modem, and far from what fills the places of a server cheaply. */
    public static final Limit DEFAULT = new Limit(Duration.ofMinutes(1), 1024);

    /** In which no body is ever late. */
    public static final Limit NONE = new Limit(Duration.ofMinutes(1), 0);
  }

  private final Vertx vertx;
  private final HttpServerRequest request;
  private final Limit limit;
  private @Nullable Handler<Throwable> failureHandler;
  private @Nullable Handler<Void> endHandler;
  private boolean paused = true;
  private boolean pausedInTick = true;
  private boolean over;
  private long timer = -1;
  private long windowBytes;
  private long tickBytes;
  private int ticks;
  private int silentTicks;

  /**
   * @param request paused
   */
  PacedBody(Vertx vertx, HttpServerRequest request, Limit limit) {
    this.vertx = vertx;
    this.request = request;
    this.limit = limit;
  }

  /** Begins to look at the clock. */
  PacedBody start() {
    request.exceptionHandler(this::failed);
    request.endHandler(end -> ended());
    if (limit.bytesPerSecondMin() > 0) {
      timer = vertx.setPeriodic(Math.max(1, limit.window().toMillis() / TICKS), id -> tick());
    }
    return this;
  }

  /** No longer looks at the clock: whoever took the body is done with it. */
  void stop() {
    over = true;
    if (timer >= 0) {
      vertx.cancelTimer(timer);
      timer = -1;
    }
  }

  private void tick() {
    boolean wanted = !pausedInTick;
    boolean silent = tickBytes == 0;
    pausedInTick = paused;
    // Bytes count whenever they came: a sender of bursts has its body paused in just those ticks.
    windowBytes += tickBytes;
    tickBytes = 0;
    if (!silent) {
      silentTicks = 0;
    }
    if (!wanted) {
      return;
    }
    if (silent) {
      silentTicks++;
    }
    ticks++;
    boolean slow = ticks == TICKS && windowBytes < bytesOfAWindow();
    if (slow || silentTicks == TICKS_SILENT_MAX) {
      failed(new S3Exception(S3ErrorCode.REQUEST_TIMEOUT));
    } else if (ticks == TICKS) {
      ticks = 0;
      windowBytes = 0;
    }
  }

  private long bytesOfAWindow() {
    return limit.bytesPerSecondMin() * limit.window().toMillis() / 1000;
  }

  private void failed(Throwable cause) {
    if (!over) {
      stop();
      if (failureHandler != null) {
        failureHandler.handle(cause);
      }
    }
  }

  private void ended() {
    stop();
    if (endHandler != null) {
      endHandler.handle(null);
    }
  }

  @Override
  public PacedBody handler(@Nullable Handler<Buffer> handler) {
    request.handler(
        handler == null
            ? null
            : buffer -> {
              tickBytes += buffer.length();
              handler.handle(buffer);
            });
    return this;
  }

  @Override
  public PacedBody exceptionHandler(@Nullable Handler<Throwable> handler) {
    failureHandler = handler;
    return this;
  }

  @Override
  public PacedBody endHandler(@Nullable Handler<Void> handler) {
    endHandler = handler;
    return this;
  }

  @Override
  public PacedBody pause() {
    paused = true;
    pausedInTick = true;
    request.pause();
    return this;
  }

  @Override
  public PacedBody resume() {
    paused = false;
    request.resume();
    return this;
  }

  @Override
  public PacedBody fetch(long amount) {
    paused = false;
    request.fetch(amount);
    return this;
  }
}
