package io.sluice.app.node;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was started, one on top of the other; it is stopped in reverse. For one thread. */
public final class Steps {
  private static final Logger LOG = LoggerFactory.getLogger(Steps.class);

  private final Deque<Step> started = new ArrayDeque<>();

  private record Step(String name, Stop stop) {}

  private interface Stop {
    void run() throws IOException;
  }

  /** How a thing ends. May block. */
  @FunctionalInterface
  public interface Closing<T> {
    void close(T thing) throws IOException;
  }

  /** Remembers how a thing ends, and gives it back. */
  public <T> T push(String name, T thing, Closing<T> closing) {
    started.push(new Step(name, () -> closing.close(thing)));
    return thing;
  }

  /**
   * Stops everything, also when some of it fails.
   *
   * @return whether all of it ended in order
   */
  public boolean stop() {
    boolean clean = true;
    while (!started.isEmpty()) {
      Step step = started.pop();
      try {
        step.stop().run();
      } catch (IOException | RuntimeException e) {
        clean = false;
        LOG.error("stopping {} failed", step.name(), e);
      }
    }
    return clean;
  }
}
