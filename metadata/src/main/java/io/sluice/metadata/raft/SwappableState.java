package io.sluice.metadata.raft;

import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/**
 * A shard's state, which another one may replace while the peer runs, when it fell too far behind.
 * Between commands only: applying, copying and replacing exclude each other.
 */
final class SwappableState {
  private final ReentrantLock between = new ReentrantLock();
  private volatile ReplicatedState current;

  /** The newest command that was applied; entries of Ratis' own are not known to the state. */
  private volatile @Nullable TermIndex newest;

  private final int epoch;

  /** Guarded by {@code between}. */
  private boolean closed;

  /**
   * Starts with a state.
   *
   * @param durable up to where it is durable; what it has beyond that comes again from the log
   */
  SwappableState(ReplicatedState state, @Nullable TermIndex durable, int epoch) {
    this.current = state;
    this.epoch = epoch;
    this.newest = isAt(durable, state) ? durable : null;
  }

  private static boolean isAt(@Nullable TermIndex position, ReplicatedState state) {
    return position != null && state.applied().getIndex() == position.getIndex();
  }

  /** Applies a command that the log has at a position; what the state has already is skipped. */
  Outcome apply(TermIndex at, Command command) throws IOException {
    between.lock();
    try {
      LogPosition position =
          LogPosition.newBuilder().setEpoch(epoch).setIndex(at.getIndex()).build();
      Outcome outcome = current.apply(position, command);
      TermIndex before = newest;
      if (before == null || before.compareTo(at) < 0) {
        newest = at;
      }
      return outcome;
    } finally {
      between.unlock();
    }
  }

  /**
   * The newest command applied since the start or the last replacement; null when there is none.
   */
  @Nullable TermIndex newest() {
    return newest;
  }

  LogPosition applied() {
    return current.applied();
  }

  long shardTimeMs() {
    return current.shardTimeMs();
  }

  int format() {
    return current.format();
  }

  /**
   * As {@link ReplicatedState#answer}.
   *
   * @throws IllegalStateException when the state is just being replaced
   */
  Answer answer(Query query) throws IOException {
    return current.answer(query);
  }

  /** As {@link ReplicatedState#answerFromMemory}. */
  @Nullable Answer answerFromMemory(Query query) {
    return current.answerFromMemory(query);
  }

  LogPosition flush() throws IOException {
    return current.flush();
  }

  /**
   * Writes a copy of the state as it is after some command. Blocks; commands wait meanwhile, but
   * not for the flush, most of which is done before.
   *
   * @return after which command; null when that can't be said, because the state has more than this
   *     process has read in the log so far, or nothing was ever applied
   */
  @Nullable TermIndex checkpoint(Path into) throws IOException {
    current.flush();
    between.lock();
    try {
      TermIndex at = newest;
      if (at == null || !isAt(at, current)) {
        return null;
      }
      current.checkpoint(into);
      return at;
    } finally {
      between.unlock();
    }
  }

  /** Puts other files in the place of the state's. */
  @FunctionalInterface
  interface Replacement {
    /** The old state is closed. */
    ReplicatedState open() throws IOException;
  }

  /**
   * Replaces the state: closes it as soon as nobody reads it any more, and opens another. Blocks.
   *
   * @param at up to where that one goes
   * @throws IOException when it can't be opened; there is no state then
   */
  void replace(TermIndex at, Replacement replacement) throws IOException {
    between.lock();
    try {
      if (closed) {
        throw new IOException("this peer is stopping");
      }
      current.close();
      current = replacement.open();
      newest = at;
    } finally {
      between.unlock();
    }
  }

  void close() {
    between.lock();
    try {
      closed = true;
      current.close();
    } finally {
      between.unlock();
    }
  }
}
