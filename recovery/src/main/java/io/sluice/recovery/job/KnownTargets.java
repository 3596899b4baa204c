package io.sluice.recovery.job;

import io.sluice.recovery.schedule.ContinuousBackup;
import io.sluice.storage.proto.TargetRecord;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node knows of targets from one run to the next: of those that have a continuous schedule,
 * and at most as many as there are targets. Each is with a run or here. Any thread; what is said to
 * block does.
 */
final class KnownTargets implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KnownTargets.class);

  private final BackupGround on;
  private final Map<String, KnownTarget> kept = new ConcurrentHashMap<>();
  private volatile boolean closed;

  KnownTargets(BackupGround on) {
    this.on = on;
  }

  /**
   * What is known of a target, read from it if need be. Blocks.
   *
   * @param begun as it was when the run began
   * @param run hears whenever the target has answered, while it is the caller's
   * @return the caller's, until it is given back or closed
   */
  KnownTarget take(TargetRecord begun, AnsweringTarget.Life run) throws IOException {
    KnownTarget known = kept.remove(begun.getName());
    if (known != null) {
      known.answersTo(run);
      boolean serves = false;
      try {
        serves = known.serves(begun, on.clock().instant());
      } finally {
        if (!serves) {
          known.close();
        }
      }
      if (serves) {
        return known;
      }
    }
    return KnownTarget.read(on, begun, run);
  }

  /** Keeps it for the next run, if that is soon. Blocks. */
  void giveBack(TargetRecord begun, KnownTarget known) throws IOException {
    if (!isContinuous(begun) || closed) {
      known.close();
      return;
    }
    KnownTarget other = kept.put(begun.getName(), known);
    if (other != null) {
      other.close();
    }
    if (closed) {
      drop(begun.getName());
    }
  }

  /** Whether a set follows the other there. */
  static boolean isContinuous(TargetRecord target) {
    return target.getSchedulesList().stream().anyMatch(ContinuousBackup::is);
  }

  /** Forgets all: another node leads now. Blocks shortly. */
  void dropAll() {
    kept.keySet().forEach(this::drop);
  }

  private void drop(String target) {
    KnownTarget known = kept.remove(target);
    if (known != null) {
      try {
        known.close();
      } catch (IOException e) {
        log.debug("{} did not close", target, e);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    dropAll();
  }
}
