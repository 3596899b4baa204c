package io.sluice.app.node;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Vert.x as this program runs it. */
public final class EventLoops {
  /** More than the cores only means more switches between them. */
  public static final int COUNT = Math.max(2, Runtime.getRuntime().availableProcessors());

  /** Longer on an event loop is a bug, and is logged. */
  private static final long BLOCKED_MS_MAX = 100;

  /**
   * From here on with the stack. Classes that are loaded while a busy machine starts stay below it.
   */
  private static final long BLOCKED_MS_WITH_STACK = 1_000;

  /**
   * How long the address of a name may be used without asking again. Vert.x would take what the DNS
   * says, ten minutes in some container networks: as long as that, a node that was started anew
   * with another address would not be found.
   */
  private static final int NAME_SECONDS_MAX = 5;

  private EventLoops() {}

  /** Starts it, for a node that is alone. */
  public static Vertx start(MeterRegistry registry) throws IOException {
    Vertx vertx = Vertx.vertx(options());
    measure(vertx, registry);
    return vertx;
  }

  /** With what it is started. */
  public static VertxOptions options() {
    VertxOptions options =
        new VertxOptions()
            .setEventLoopPoolSize(COUNT)
            .setWorkerPoolSize(8)
            // epoll where it loads, with fewer system calls a request; elsewhere NIO.
            .setPreferNativeTransport(true)
            .setBlockedThreadCheckInterval(1_000)
            .setMaxEventLoopExecuteTime(BLOCKED_MS_MAX)
            .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS)
            .setWarningExceptionTime(BLOCKED_MS_WITH_STACK)
            .setWarningExceptionTimeUnit(TimeUnit.MILLISECONDS);
    options.getAddressResolverOptions().setCacheMaxTimeToLive(NAME_SECONDS_MAX);
    options.getFileSystemOptions().setClassPathResolvingEnabled(false).setFileCachingEnabled(false);
    return options;
  }

  /** Begins to measure how late each event loop is. */
  public static void measure(Vertx vertx, MeterRegistry registry) throws IOException {
    Blocking.await(
        vertx.deployVerticle(
            () -> new EventLoopLag(registry), new DeploymentOptions().setInstances(COUNT)));
  }
}
