package io.sluice.metadata.raft;

import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What one shard's log is applied to. Commands come from one thread, in the order of their
 * positions; questions from any thread, also at the same time.
 */
public interface ReplicatedState extends AutoCloseable {
  /** Opens the state of a shard. */
  @FunctionalInterface
  interface Factory {
    /**
     * Looks whether a copy of a state is whole. Blocks.
     *
     * @return up to where it goes
     * @throws IOException when it can't be used
     */
    default LogPosition check(Path directory, int shard) throws IOException {
      try (ReplicatedState state = open(directory, shard)) {
        return state.applied();
      }
    }

    /**
     * Blocks.
     *
     * @param directory the shard's own; made when it is not there
     * @throws IOException when what is there can't be used
     */
    ReplicatedState open(Path directory, int shard) throws IOException;
  }

  /** The newest position that was applied, or the default instance when there is none. */
  LogPosition applied();

  /**
   * Applies a command. One at or below {@link #applied()} is skipped.
   *
   * @throws IOException when the disk fails; any exception means that this peer must stop, because
   *     its state may lack a command that others have
   */
  Outcome apply(LogPosition position, Command command) throws IOException;

  /**
   * Answers. May read the disk: not for event loops.
   *
   * @throws IOException when it can't be read
   */
  Answer answer(Query query) throws IOException;

  /** Answers without any I/O, or gives null when it can't. Any thread. */
  @Nullable Answer answerFromMemory(Query query);

  /**
   * Makes everything that was applied before the call durable, all of it or nothing. Blocks; any
   * thread, also beside {@link #apply}.
   *
   * @return up to where it is durable
   */
  LogPosition flush() throws IOException;

  /**
   * Writes a copy of everything that was applied, as a state that can be opened. Blocks; not beside
   * {@link #apply}.
   *
   * @param into is not there yet
   */
  void checkpoint(Path into) throws IOException;

  /** Shard time of the last command, in milliseconds since 1970. Never goes back. */
  long shardTimeMs();

  /** The active format version: no command beyond it is to come into the log. */
  int format();

  @Override
  void close();
}
