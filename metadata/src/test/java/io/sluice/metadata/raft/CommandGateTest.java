package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.Timeout;
import io.netty.util.Timer;
import io.netty.util.TimerTask;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.EndCut;
import io.sluice.storage.proto.Pin;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.Unpin;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Which commands wait while a cut is made, and what lets them go. */
class CommandGateTest {
  private static final Command WRITE =
      Command.newBuilder().setPutObject(PutObject.getDefaultInstance()).build();

  /** A timer whose time comes when a test says so. */
  private static final class ManualTimer implements Timer {
    final List<Long> delaysMs = new ArrayList<>();
    private final Queue<TimerTask> tasks = new ArrayDeque<>();

    @Override
    @SuppressWarnings("NullAway") // nobody asks for the time-out
    public Timeout newTimeout(TimerTask task, long delay, TimeUnit unit) {
      delaysMs.add(unit.toMillis(delay));
      tasks.add(task);
      return null;
    }

    @Override
    public Set<Timeout> stop() {
      return Set.of();
    }

    /** The oldest one's. */
    @SuppressWarnings("NullAway") // nobody asks for the time-out
    void expire() throws Exception {
      tasks.remove().run(null);
    }
  }

  private final ManualTimer timer = new ManualTimer();
  private final Queue<Runnable> released = new ArrayDeque<>();
  private final CommandGate gate = new CommandGate(timer, released::add);
  private final List<String> proposed = new ArrayList<>();

  private void pass(String name, Command command) {
    gate.pass(command, () -> proposed.add(name));
  }

  private void runReleased() {
    for (Runnable next = released.poll(); next != null; next = released.poll()) {
      next.run();
    }
  }

  private static Command pin(String id, int holdMs) {
    return Command.newBuilder().setPin(Pin.newBuilder().setId(id).setHoldMs(holdMs)).build();
  }

  private static Command end(String id) {
    return Command.newBuilder().setEndCut(EndCut.newBuilder().setId(id)).build();
  }

  private static Command unpin(String id) {
    return Command.newBuilder().setUnpin(Unpin.newBuilder().setId(id)).build();
  }

  @Test
  void pass_nothingHeld_isProposedAtOnce() {
    pass("a", WRITE);
    pass("pin", pin("p", 0));
    pass("b", WRITE);
    assertThat(proposed).containsExactly("a", "pin", "b");
    assertThat(timer.delaysMs).isEmpty();
  }

  @Test
  void pass_held_waitsForTheEndOfTheCut_andThenGoesInOrder() {
    pass("pin", pin("p", 400));
    pass("a", WRITE);
    pass("b", WRITE);
    assertThat(proposed).containsExactly("pin");
    pass("end", end("p"));
    assertThat(proposed).as("before the executor's turn").containsExactly("pin", "end");
    runReleased();
    assertThat(proposed).containsExactly("pin", "end", "a", "b");
    pass("c", WRITE);
    assertThat(proposed).endsWith("c");
  }

  @Test
  void pass_endOfAnotherCut_isProposedAndOpensNothing() {
    pass("pin", pin("p", 400));
    pass("a", WRITE);
    pass("other", end("q"));
    pass("other pin's end", unpin("q"));
    runReleased();
    assertThat(proposed).containsExactly("pin", "other", "other pin's end");
  }

  /** An attempt that failed is undone by the removal of its pins. */
  @Test
  void pass_pinRemoved_opens() {
    pass("pin", pin("p", 400));
    pass("a", WRITE);
    pass("unpin", unpin("p"));
    runReleased();
    assertThat(proposed).containsExactlyInAnyOrder("pin", "unpin", "a");
  }

  @Test
  void hold_isNeverLongerThanHalfASecond_andOpensWhenItsTimeIsUp() throws Exception {
    pass("pin", pin("p", 60_000));
    pass("a", WRITE);
    assertThat(timer.delaysMs).containsExactly(500L);
    timer.expire();
    runReleased();
    assertThat(proposed).containsExactly("pin", "a");
  }

  @Test
  void hold_whileAnotherHolds_doesNotTakeOver() {
    pass("first", pin("p", 400));
    pass("second", pin("q", 400));
    pass("a", WRITE);
    pass("second's end", end("q"));
    runReleased();
    assertThat(proposed).containsExactly("first", "second", "second's end");
    pass("first's end", end("p"));
    runReleased();
    assertThat(proposed).endsWith("first's end", "a");
  }

  @Test
  void hold_thatIsOver_doesNotEndTheNextOneWhenItsTimeIsUp() throws Exception {
    pass("first", pin("p", 400));
    pass("first's end", end("p"));
    pass("second", pin("q", 400));
    pass("a", WRITE);
    timer.expire();
    runReleased();
    assertThat(proposed).doesNotContain("a");
    timer.expire();
    runReleased();
    assertThat(proposed).endsWith("a");
  }

  @Test
  void open_executorTakesNoMore_runsWhatWaitedHere() {
    CommandGate busy =
        new CommandGate(
            timer,
            task -> {
              throw new RejectedExecutionException("full");
            });
    busy.pass(pin("p", 400), () -> proposed.add("pin"));
    busy.pass(WRITE, () -> proposed.add("a"));
    busy.pass(end("p"), () -> proposed.add("end"));
    assertThat(proposed).containsExactly("pin", "end", "a");
  }

  @Test
  void isOfACut_whatMakesAndEndsOne() {
    assertThat(List.of(pin("p", 0), end("p"), unpin("p"))).allMatch(CommandGate::isOfACut);
    assertThat(CommandGate.isOfACut(WRITE)).isFalse();
  }

  /** A command that comes in the very moment in which the gate opens is not forgotten. */
  @Test
  void pass_whileItOpens_runsTheCommand() {
    CommandGate racing = new CommandGate(timer, Runnable::run);
    AtomicInteger round = new AtomicInteger();
    AtomicInteger passed = new AtomicInteger();
    AtomicInteger ran = new AtomicInteger();
    int rounds = 5_000;
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 1; i <= rounds; i++) {
                awaitAtLeast(round, i);
                racing.pass(WRITE, ran::incrementAndGet);
                passed.set(i);
              }
            });
    for (int i = 1; i <= rounds; i++) {
      racing.pass(pin("p", 400), () -> {});
      round.set(i);
      // The moment is met sooner or later, wherever it lies.
      for (int spin = i % 256; spin > 0; spin--) {
        Thread.onSpinWait();
      }
      racing.pass(end("p"), () -> {});
      awaitAtLeast(passed, i);
      assertThat(ran).as("round %d", i).hasValue(i);
    }
    writer.join();
  }

  private static void awaitAtLeast(AtomicInteger value, int least) {
    while (value.get() < least) {
      Thread.onSpinWait();
    }
  }
}
