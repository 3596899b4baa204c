package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardStateMachineTest {
  @TempDir Path directory;

  private final List<String> told = new ArrayList<>();

  private ShardStateMachine machine() throws IOException {
    ShardStateMachine.ShardEvents events =
        (ShardStateMachine.ShardEvents)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ShardStateMachine.ShardEvents.class},
                (proxy, method, args) -> {
                  told.add(method.getName());
                  return null;
                });
    return new ShardStateMachine(
        0,
        new SwappableState(new MapState(directory.resolve("state")), null, 1),
        new SnapshotMark(directory.resolve("mark")),
        new GroupDirectory(directory.resolve("group")),
        RaftLimits.DEFAULT,
        events,
        new ApplyFigures(),
        new AppliedIndex());
  }

  @Test
  void truncate_nothingThatWasApplied_goesOn() throws Exception {
    ShardStateMachine machine = machine();
    assertThat(machine.truncate(0)).isCompleted();
    machine.notifyTermIndexUpdated(1, 8);
    assertThat(machine.truncate(9)).isCompleted();
    assertThat(machine.failure()).isNull();
  }

  /** INVARIANTS 1: the state has what the log of the others never had. */
  @Test
  void truncate_whatWasApplied_stopsTheShard() throws Exception {
    ShardStateMachine machine = machine();
    machine.notifyTermIndexUpdated(1, 9);
    GroupDirectory group = new GroupDirectory(Files.createDirectory(directory.resolve("group")));
    assertThat(group.forkedAt()).isEmpty();
    assertThat(machine.truncate(9)).isCompleted();
    assertThat(group.forkedAt()).as("for the next start").contains("9");
    assertThat(machine.failure()).hasMessageContaining("from 9 on was applied");
    assertThat(told).containsExactly("failed");
  }
}
