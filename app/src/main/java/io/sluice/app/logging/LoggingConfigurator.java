package io.sluice.app.logging;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.util.Map;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Sets Logback up without an XML file (reading one costs a tenth of a second at each start): lines
 * on the standard error stream, as text or as JSON.
 *
 * <p>Lines are written by a thread of their own behind a bounded queue that drops what does not
 * fit: an event loop must not wait for a terminal or a full pipe.
 */
public final class LoggingConfigurator extends ContextAwareBase implements Configurator {
  /** System property: {@code text} or {@code json}. */
  public static final String FORMAT_PROPERTY = "sluice.log.format";

  /** System property: level of our own loggers, {@code INFO} unless set. */
  public static final String LEVEL_PROPERTY = "sluice.log.level";

  private static final int QUEUE_EVENTS_MAX = 8_192;
  private static final String PATTERN =
      "%d{HH:mm:ss.SSS} %-5level %logger{0} - %msg %kvp{NONE}%n%ex";

  /**
   * gRPC, in Ratis, logs with the JDK's own logger, which has no level for it but this one. Held,
   * because the JDK forgets loggers that nobody holds, with their levels.
   */
  private static final java.util.logging.Logger GRPC =
      java.util.logging.Logger.getLogger("org.apache.ratis.thirdparty");

  /** Libraries that say at INFO what only their authors want to know. */
  private static final Map<String, Level> QUIET =
      Map.ofEntries(
          Map.entry("org.apache.ratis", Level.WARN),
          // Each attempt to reach a peer that is down, many a second; that it is down is said once.
          Map.entry("org.apache.ratis.grpc.server.GrpcLogAppender", Level.ERROR),
          Map.entry("io.netty", Level.WARN),
          Map.entry("io.vertx", Level.WARN),
          Map.entry("com.hazelcast", Level.WARN),
          // What a member that leaves does not answer any more: we keep nothing in its partitions.
          Map.entry(
              "com.hazelcast.spi.impl.operationservice.impl.OutboundResponseHandler", Level.ERROR),
          Map.entry("com.hazelcast.internal.partition.InternalPartitionService", Level.ERROR),
          // It warns at each start that a feature which we don't use is not on.
          Map.entry("com.hazelcast.cp", Level.ERROR),
          // What it misses when it is run from a class path, where no manifest opens packages to
          // it.
          Map.entry("com.hazelcast.instance.impl.HazelcastInstanceFactory", Level.ERROR),
          // A port that is taken, with its stack: the server's own line says it.
          Map.entry("com.hazelcast.instance.AddressPicker", Level.OFF),
          // The same of the event bus.
          Map.entry("io.vertx.core.impl.VertxImpl", Level.OFF));

  /**
   * Writes lines in this form from now on. Something may have logged, and so set Logback up, before
   * the command line was read.
   *
   * @param format as in {@link #FORMAT_PROPERTY}
   */
  public static void use(String format) {
    System.setProperty(FORMAT_PROPERTY, format);
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.reset();
      LoggingConfigurator again = new LoggingConfigurator();
      again.setContext(context);
      again.configure(context);
    }
  }

  /** Writes what still waits, for a process that is about to be halted. Bounded; blocks. */
  public static void flush() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.stop();
    }
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    AsyncAppender async = new AsyncAppender();
    BatchingAppender console =
        new BatchingAppender(
            new FileOutputStream(FileDescriptor.err), () -> async.getNumberOfElementsInQueue() > 0);
    console.setContext(context);
    console.setName("console");
    console.setEncoder(encoder(context));
    console.start();

    async.setContext(context);
    async.setName("async");
    async.setQueueSize(QUEUE_EVENTS_MAX);
    async.setNeverBlock(true);
    async.addAppender(console);
    async.start();

    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(async);
    context.addTurboFilter(new BlockedAtStart(System::nanoTime));
    QUIET.forEach((name, level) -> context.getLogger(name).setLevel(level));
    bridgeTheJdksLogger();
    context
        .getLogger("io.sluice")
        .setLevel(Level.toLevel(System.getProperty(LEVEL_PROPERTY), Level.INFO));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** Lines of libraries that use it get the form of all others, and no stream of their own. */
  private static void bridgeTheJdksLogger() {
    GRPC.setLevel(java.util.logging.Level.WARNING);
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context) {
    if ("json".equals(System.getProperty(FORMAT_PROPERTY))) {
      JsonLines json = new JsonLines();
      json.setContext(context);
      json.start();
      return json;
    }
    PatternLayoutEncoder text = new PatternLayoutEncoder();
    text.setContext(context);
    text.setPattern(PATTERN);
    text.start();
    return text;
  }
}
