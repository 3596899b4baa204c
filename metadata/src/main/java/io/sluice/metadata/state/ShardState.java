package io.sluice.metadata.state;

import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The state of one shard: what the commands of its log, applied in order, add up to.
 *
 * <p>Commands are applied by one thread; queries may come from any thread at the same time, and see
 * either all of a command or nothing of it.
 */
public final class ShardState implements AutoCloseable {
  private ShardState() {}

  /**
   * Opens the state in a directory, or begins it there. Blocks.
   *
   * @throws IOException when it can't be read, was written by a newer format, belongs to another
   *     shard, or is open already
   */
  public static ShardState open(Path directory, int shard, ShardStateOptions options)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /** The last position that was applied, durable or not; (0, 0) when new. Any thread. */
  public LogPosition applied() {
    throw new UnsupportedOperationException();
  }

  /**
   * Applies a command at its position in the log. At or below {@link #applied()} it changes nothing
   * and gives the recorded outcome. One thread, in the order of the log.
   *
   * @return the outcome; a refusal when the command was refused
   * @throws IOException when the store failed: nothing of the command was applied and no later
   *     command may be. The same holds for any unchecked exception, which is a bug
   */
  public Outcome apply(LogPosition position, Command command) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Records the position of a log entry that carries no command. One thread, as {@link #apply}.
   *
   * @throws IOException as {@link #apply}
   */
  public void skip(LogPosition position) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Answers a query; may read from disk, so not on an event loop.
   *
   * @return the answer; a refusal when there is none
   * @throws IOException when the store can't be read
   */
  public Answer answer(Query query) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Answers a query without any I/O. Any thread, event loops too.
   *
   * @return null when that can't be done: ask {@link #answer} on a worker
   */
  public @Nullable Answer answerFromMemory(Query query) {
    throw new UnsupportedOperationException();
  }

  /**
   * Makes everything that was applied before the call durable. Blocks for as long as a flush takes;
   * any thread, also beside {@link #apply}.
   *
   * @return the position up to which everything is durable now
   * @throws IOException when the store failed
   */
  public LogPosition flush() throws IOException {
    throw new UnsupportedOperationException();
  }

  /** The shard's time in milliseconds since 1970: that of the last command. Any thread. */
  public long shardTimeMs() {
    throw new UnsupportedOperationException();
  }

  /** Waits for reads that are under way, and closes. What was not flushed is lost. */
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
