package io.sluice.app.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.sluice.app.node.EventLoops;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class BlockedAtStartTest {
  private final LoggerContext context = new LoggerContext();
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final AtomicLong nowNs = new AtomicLong();

  @BeforeEach
  void filter() {
    context.addTurboFilter(new BlockedAtStart(nowNs::get));
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(lines);
    lines.start();
  }

  private static Throwable stack() {
    VertxException stack = new VertxException("Thread blocked");
    stack.setStackTrace(
        new StackTraceElement[] {
          new StackTraceElement("java.lang.ClassLoader", "defineClass1", "ClassLoader.java", -2),
          new StackTraceElement("io.sluice.Some", "thing", "Some.java", 7)
        });
    return stack;
  }

  @Test
  void blocked_whileStarting_isOneLineThatSaysWhere() {
    context.getLogger(BlockedAtStart.LOGGER).warn("Thread T has been blocked", stack());
    assertThat(lines.list).hasSize(1);
    assertThat(lines.list.get(0).getFormattedMessage())
        .isEqualTo(
            "Thread T has been blocked, in java.lang.ClassLoader.defineClass1(Native Method)");
    assertThat(lines.list.get(0).getThrowableProxy()).isNull();
  }

  @Test
  void blocked_later_hasItsStack() {
    nowNs.addAndGet(BlockedAtStart.START.toNanos() + 1);
    context.getLogger(BlockedAtStart.LOGGER).warn("Thread T has been blocked", stack());
    assertThat(lines.list).hasSize(1);
    assertThat(lines.list.get(0).getThrowableProxy()).isNotNull();
  }

  @Test
  void configurator_setsItUp() {
    LoggerContext used = new LoggerContext();
    LoggingConfigurator configurator = new LoggingConfigurator();
    configurator.setContext(used);
    configurator.configure(used);
    assertThat(used.getTurboFilterList()).hasAtLeastOneElementOfType(BlockedAtStart.class);
    used.stop();
  }

  /** That it is that logger, and that Vert.x gives it the stack. */
  @Test
  void blockedLoopOfVertx_whileStarting_isOneLine() {
    LoggerContext used = (LoggerContext) LoggerFactory.getILoggerFactory();
    BlockedAtStart filter = new BlockedAtStart(nowNs::get);
    used.getTurboFilterList().add(0, filter);
    lines.list = new CopyOnWriteArrayList<>();
    used.getLogger(BlockedAtStart.LOGGER).addAppender(lines);
    CountDownLatch seen = new CountDownLatch(1);
    Vertx vertx =
        Vertx.vertx(
            EventLoops.options()
                .setBlockedThreadCheckInterval(20)
                .setMaxEventLoopExecuteTime(20)
                .setWarningExceptionTime(40));
    try {
      vertx.runOnContext(
          ignored -> {
            try {
              seen.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      Awaitility.await()
          .until(
              () ->
                  lines.list.stream()
                      .anyMatch(line -> line.getFormattedMessage().contains(", in ")));
      assertThat(lines.list).allMatch(line -> line.getThrowableProxy() == null);
    } finally {
      seen.countDown();
      used.getTurboFilterList().remove(filter);
      used.getLogger(BlockedAtStart.LOGGER).detachAppender(lines);
      vertx.close();
    }
  }

  @Test
  void otherStacks_whileStarting_areLeftAsTheyAre() {
    Logger other = context.getLogger("io.sluice.app");
    other.warn("failed", stack());
    assertThat(lines.list.get(0).getThrowableProxy()).isNotNull();
  }
}
