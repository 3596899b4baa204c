package io.sluice.metadata.raft;

import io.netty.util.Timer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Pin;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Holds back the commands of a shard for a moment, in which a cut over several shards is made: from
 * a Pin that asks for it to its EndCut, or to the Unpin of an attempt that failed, and never longer
 * than {@value #HOLD_MS_MAX} ms.
 *
 * <p>Nothing relies on it. A command that slips through, here or at another leader, is seen in the
 * log, and the cut is made again; without a gate that would be so each time on a busy shard. So it
 * needs no lock. Any thread.
 */
final class CommandGate {
  static final int HOLD_MS_MAX = 500;

  private final Timer timer;
  private final Executor released;
  private final AtomicReference<@Nullable String> holder = new AtomicReference<>();
  // No longer than what the shard lets wait: each has its reservation there.
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

  /**
   * An open gate.
   *
   * @param released runs commands that waited; there may be thousands of them
   */
  CommandGate(Timer timer, Executor released) {
    this.timer = timer;
    this.released = released;
  }

  /** Runs an attempt to propose a command: now, or when the gate opens. */
  void pass(Command command, Runnable attempt) {
    if (command.hasEndCut()) {
      attempt.run();
      open(command.getEndCut().getId());
    } else if (command.hasUnpin()) {
      open(command.getUnpin().getId());
      attempt.run();
    } else if (command.hasPin() && command.getPin().getHoldMs() > 0) {
      close(command.getPin());
      attempt.run();
    } else if (holder.get() == null) {
      attempt.run();
    } else {
      waiting.add(attempt);
      if (holder.get() == null) {
        letGo(); // it was opened before this one could be seen
      }
    }
  }

  /**
   * What makes and ends a cut must get in while the commands that it holds back take all places.
   */
  static boolean isOfACut(Command command) {
    return command.hasEndCut() || command.hasUnpin() || command.hasPin();
  }

  private void close(Pin pin) {
    String id = pin.getId();
    if (holder.compareAndSet(null, id)) {
      int holdMs = Math.min(pin.getHoldMs(), HOLD_MS_MAX);
      timer.newTimeout(expired -> open(id), holdMs, TimeUnit.MILLISECONDS);
    }
  }

  private void open(String id) {
    String now = holder.get();
    if (id.equals(now) && holder.compareAndSet(now, null)) {
      letGo();
    }
  }

  private void letGo() {
    if (waiting.isEmpty()) {
      return;
    }
    try {
      released.execute(this::runWaiting);
    } catch (RejectedExecutionException busy) {
      runWaiting();
    }
  }

  private void runWaiting() {
    Runnable next;
    while ((next = waiting.poll()) != null) {
      next.run();
    }
  }
}
