package io.sluice.metadata.state;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.command.ApplyContext;
import io.sluice.metadata.state.command.RefusedException;
import io.sluice.metadata.state.command.ShardCommand;
import io.sluice.metadata.state.command.UndoRows;
import io.sluice.metadata.state.command.WriteGates;
import io.sluice.metadata.state.query.ShardQuery;
import io.sluice.metadata.state.rocks.RocksRows;
import io.sluice.metadata.state.rocks.RocksStore;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.NotInMemoryException;
import io.sluice.metadata.state.row.Rows;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.CommandId;
import io.sluice.storage.FormatRange;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Done;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardHeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The state of one shard: what the commands of its log, applied in order, add up to.
 *
 * <p>Commands are applied by one thread; queries may come from any thread at the same time, and see
 * either all of a command or nothing of it.
 *
 * <p>Every command is written in one batch together with its position, so the store always says
 * which command it was last changed by. After a crash the log is replayed from wherever the log
 * likes; what is at or below that position changes nothing (INVARIANTS 1).
 *
 * <p>A command id is applied once (INVARIANTS 5): its outcome is kept, and given again, until shard
 * time is {@link #OUTCOME_KEPT_MS} past the deadline in the id. A command that comes past its
 * deadline and was not applied before is refused.
 *
 * <p>The active format is part of the state, raised by a command. A program that does not know it
 * does not open the state, and stops at that command in the log: what comes after it would mean
 * something else to it.
 */
public final class ShardState implements AutoCloseable {
  /** How long after a command's deadline its outcome is kept, in shard time. */
  static final long OUTCOME_KEPT_MS = 60_000;

  /** Outcomes are dropped this often: each time leaves a range tombstone. */
  private static final long EXPIRY_STEP_MS = 10_000;

  private final RocksStore store;
  private final RocksRows latest;
  private final ShardMeters meters;
  private final FormatRange formats;
  private volatile ShardHeader header;
  private volatile @Nullable Throwable failure;
  private final AtomicBoolean closed = new AtomicBoolean();

  private ShardState(
      RocksStore store, ShardMeters meters, FormatRange formats, ShardHeader header) {
    this.store = store;
    this.latest = store.latest();
    this.meters = meters;
    this.formats = formats;
    this.header = header;
  }

  /**
   * Opens the state in a directory, or begins it there. Blocks.
   *
   * @throws IOException when it can't be read, was written by a newer format, belongs to another
   *     shard, or is open already
   */
  public static ShardState open(Path directory, int shard, ShardStateOptions options)
      throws IOException {
    RocksStore store = RocksStore.open(directory, options.memory());
    try {
      ShardHeader header = readHeader(store, directory, shard, options.formats());
      store.addFamilies(FormatRange.named(header.getFormat()));
      ShardMeters meters = new ShardMeters(options.meters(), shard, store);
      return new ShardState(store, meters, options.formats(), header);
    } catch (UncheckedIOException e) {
      store.close();
      throw new IOException("can't read the metadata in " + directory, e.getCause());
    } catch (IOException e) {
      store.close();
      throw e;
    }
  }

  private static ShardHeader readHeader(
      RocksStore store, Path directory, int shard, FormatRange formats) throws IOException {
    try (RocksRows rows = store.latest()) {
      byte[] format = rows.get(Family.META, KeyCodec.FORMAT);
      if (format == null) {
        return ShardHeader.newBuilder().setShard(shard).build();
      }
      int version = ByteBuffer.wrap(format).getInt();
      if (version > formats.newest()) {
        throw new IOException(
            "the metadata in %s was written by a newer version (format %d; this version reads up to %d)"
                .formatted(directory, version, formats.newest()));
      }
      if (version < formats.oldest()) {
        throw new IOException(
            "the metadata in %s was written by an older version (format %d; this version reads from %d"
                    .formatted(directory, version, formats.oldest())
                + " on: start a version between the two first)");
      }
      ShardHeader header = rows.get(Family.META, KeyCodec.HEADER, ShardHeader.parser());
      if (header == null || header.getShard() != shard) {
        throw new IOException("the metadata in " + directory + " is not that of shard " + shard);
      }
      return header;
    }
  }

  /** The last position that was applied, durable or not; (0, 0) when new. Any thread. */
  public LogPosition applied() {
    return header.getApplied();
  }

  /** The shard's time in milliseconds since 1970: that of the last command. Any thread. */
  public long shardTimeMs() {
    return header.getShardTimeMs();
  }

  /**
   * Applies a command at its position in the log. At or below {@link #applied()} it changes nothing
   * and gives the recorded outcome. One thread, in the order of the log.
   *
   * @return the outcome; a refusal when the command was refused
   * @throws IOException when the store failed: nothing of the command was applied and no later
   *     command will be. The same holds for any unchecked exception, which is a bug
   */
  public Outcome apply(LogPosition position, Command command) throws IOException {
    requireKnown(position, command);
    return guarded(
        () -> {
          Outcome recorded = recordedOutcome(command);
          if (!Positions.isAfter(position, applied())) {
            return recorded != null ? recorded : done(position);
          }
          ShardHeader.Builder next = advance(position, command);
          if (recorded != null) {
            commit(new Transaction(latest), next);
            return recorded;
          }
          return applyNew(position, command, next);
        });
  }

  /** A command that this program would apply otherwise than others do. */
  private void requireKnown(LogPosition position, Command command) throws IOException {
    int needed = Math.max(command.getFormat(), command.getRaiseFormat().getFormat());
    if (needed > formats.newest()) {
      IOException refused =
          new IOException(
              "the cluster uses format %d from entry %d of its log on, and this version knows up to %d:"
                      .formatted(needed, position.getIndex(), formats.newest())
                  + " start the newer version again");
      failure = refused;
      throw refused;
    }
  }

  /**
   * Records the position of a log entry that carries no command. One thread, as {@link #apply}.
   *
   * @throws IOException as {@link #apply}
   */
  public void skip(LogPosition position) throws IOException {
    guarded(
        () -> {
          if (Positions.isAfter(position, applied())) {
            commit(new Transaction(latest), header.toBuilder().setApplied(position));
          }
          return done(position);
        });
  }

  /** The active format version. Any thread. */
  public int format() {
    return FormatRange.named(header.getFormat());
  }

  private Outcome applyNew(LogPosition position, Command command, ShardHeader.Builder next) {
    long nowMs = next.getShardTimeMs();
    Transaction rows = new Transaction(latest);
    if (!command.hasEndCut()) {
      next.clearCut(); // this command is behind the pin
    }
    ShardHeader.Builder changed = next.clone();
    Outcome.Builder outcome;
    try {
      requireDeadline(command, nowMs);
      WriteGates.require(next.getGate(), command);
      ApplyContext context = new ApplyContext(rows, position, nowMs, changed);
      outcome = ShardCommand.of(command).apply(context);
      UndoRows.write(context);
    } catch (RefusedException e) {
      rows = new Transaction(latest);
      changed = next;
      outcome = Outcome.newBuilder().setRefusal(e.refusal());
    }
    Outcome result = outcome.setPosition(position).build();
    if (mayComeAgain(command, result)) {
      rows.put(Family.OUTCOMES, command.getCommandId().toByteArray(), result);
    }
    expireOutcomes(rows, changed);
    commit(rows, changed);
    meters.count(command.getBodyCase(), result.hasRefusal());
    return result;
  }

  /**
   * Shard time never goes back, and never runs ahead of the leader's clock either: one step a
   * command would gain seconds each second at thousands of commands a second, and expiry and ages
   * go by it.
   */
  private ShardHeader.Builder advance(LogPosition position, Command command) {
    return header.toBuilder()
        .setApplied(position)
        .setShardTimeMs(Math.max(command.getProposedMs(), header.getShardTimeMs()));
  }

  private static void requireDeadline(Command command, long nowMs) throws RefusedException {
    ByteString id = command.getCommandId();
    if (id.size() != CommandId.BYTES) {
      throw new RefusedException(RefusalCode.INVALID_ARGUMENT, "A command id has 16 bytes.");
    }
    if (CommandId.deadlineMs(id) < nowMs) {
      throw new RefusedException(
          RefusalCode.DEADLINE_PASSED, "The command came after its deadline.");
    }
  }

  /** A late command is refused again anyway, and one without a proper id has no row to be in. */
  private static boolean mayComeAgain(Command command, Outcome outcome) {
    return command.getCommandId().size() == CommandId.BYTES
        && outcome.getRefusal().getCode() != RefusalCode.DEADLINE_PASSED;
  }

  private @Nullable Outcome recordedOutcome(Command command) {
    return latest.get(Family.OUTCOMES, command.getCommandId().toByteArray(), Outcome.parser());
  }

  private static void expireOutcomes(Transaction rows, ShardHeader.Builder next) {
    long expiredMs = next.getShardTimeMs() - OUTCOME_KEPT_MS;
    if (expiredMs - next.getOutcomesExpiredMs() >= EXPIRY_STEP_MS) {
      rows.deleteRange(
          Family.OUTCOMES,
          KeyCodec.outcomesSince(next.getOutcomesExpiredMs()),
          KeyCodec.outcomesSince(expiredMs));
      next.setOutcomesExpiredMs(expiredMs);
    }
  }

  private void commit(Transaction rows, ShardHeader.Builder next) {
    ShardHeader committed = next.build();
    if (!header.hasApplied() || header.getFormat() != committed.getFormat()) {
      store.addFamilies(FormatRange.named(committed.getFormat()));
      // In a row of its own, and readable by whatever comes.
      rows.put(
          Family.META,
          KeyCodec.FORMAT,
          ByteBuffer.allocate(Integer.BYTES)
              .putInt(FormatRange.named(committed.getFormat()))
              .array());
    }
    rows.put(Family.META, KeyCodec.HEADER, committed);
    store.write(rows);
    header = committed;
  }

  private static Outcome done(LogPosition position) {
    return Outcome.newBuilder().setPosition(position).setDone(Done.getDefaultInstance()).build();
  }

  private interface Step {
    Outcome run();
  }

  /** After a failure nothing is applied any more: what follows would build on a gap. */
  private Outcome guarded(Step step) throws IOException {
    if (failure != null) {
      throw new IOException("the shard stopped after a failure", failure);
    }
    try {
      return step.run();
    } catch (UncheckedIOException e) {
      failure = e;
      throw e.getCause();
    } catch (RuntimeException | Error e) {
      failure = e;
      throw e;
    }
  }

  /**
   * Answers a query; may read from disk, so not on an event loop.
   *
   * @return the answer; a refusal when there is none
   * @throws IOException when the store can't be read
   * @throws IllegalStateException when closed
   */
  public Answer answer(Query query) throws IOException {
    try (RocksRows rows = store.snapshot()) {
      Answer answer = ShardQuery.of(query).answer(rows);
      if (answer == null) {
        throw new IllegalStateException("rows that belong together are not all there: " + query);
      }
      return answer;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /**
   * Answers a query without any I/O. Any thread, event loops too.
   *
   * @return null when that can't be done: ask {@link #answer} on a worker
   * @throws IllegalStateException when closed
   */
  public @Nullable Answer answerFromMemory(Query query) {
    ShardQuery asked = ShardQuery.of(query);
    if (!asked.isPointLookup()) {
      return null;
    }
    try (RocksRows rows = store.memory()) {
      return asked.answer(rows);
    } catch (NotInMemoryException | UncheckedIOException e) {
      return null;
    }
  }

  /**
   * Makes everything that was applied before the call durable. Blocks for as long as a flush takes;
   * any thread, also beside {@link #apply}.
   *
   * @return the position up to which everything is durable now
   * @throws IOException when the store failed
   */
  public LogPosition flush() throws IOException {
    LogPosition durable = applied();
    try {
      store.flush();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return durable;
  }

  /**
   * Writes a copy of everything that was applied, as a state that {@link #open} opens. Blocks; not
   * beside {@link #apply}.
   *
   * @param into gets plain files only
   * @throws IOException when that fails
   */
  public void checkpoint(Path into) throws IOException {
    store.checkpoint(into);
  }

  /**
   * Reads everything, and compares it with its checksums. Blocks for long.
   *
   * @throws IOException when something is damaged
   */
  public void verifyChecksums() throws IOException {
    store.verifyChecksums();
  }

  /** All rows, for tests that compare states. */
  Rows rows() {
    return latest;
  }

  /**
   * Waits for queries that are under way, and closes. The applying thread has ended. What was not
   * flushed may be lost.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    latest.close();
    meters.close();
    store.close();
  }
}
