package io.sluice.metadata.state;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.state.rocks.RocksMemory;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RaiseFormat;
import io.sluice.storage.proto.RefusalCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A shard under test, its log's clock and its positions. */
final class Shard implements AutoCloseable {
  static final long START_MS = 1_800_000_000_000L;
  static final long DEADLINE_MS = 30_000;

  private final RocksMemory memory;
  private Path directory;
  private ShardState state;
  private long index;
  private long nowMs = START_MS;
  private long commandIds;

  Shard(Path directory) {
    this(directory, 16 << 20, 8 << 20);
  }

  Shard(Path directory, long cacheBytes, long writeBufferBytes) {
    this.memory = RocksMemory.allocate(cacheBytes, writeBufferBytes);
    this.directory = directory;
    this.state = open();
  }

  /** One whose active format has a history. */
  static Shard withHistory(Path directory) {
    Shard shard = new Shard(directory);
    shard.apply(
        Command.newBuilder()
            .setRaiseFormat(RaiseFormat.newBuilder().setFormat(FormatRange.HISTORY)));
    return shard;
  }

  private ShardState open() {
    return open(FormatRange.CURRENT);
  }

  private ShardState open(FormatRange formats) {
    try {
      return ShardState.open(
          directory, 0, new ShardStateOptions(memory, new SimpleMeterRegistry(), formats));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  RocksMemory memory() {
    return memory;
  }

  Path directory() {
    return directory;
  }

  ShardState state() {
    return state;
  }

  long nowMs() {
    return nowMs;
  }

  void passMs(long ms) {
    nowMs += ms;
  }

  static LogPosition at(long index) {
    return LogPosition.newBuilder().setEpoch(1).setIndex(index).build();
  }

  /** The position of the next command. */
  LogPosition next() {
    return at(index + 1);
  }

  /** The first position after the cluster went on from a copy. */
  LogPosition nextEpoch() {
    return LogPosition.newBuilder().setEpoch(2).setIndex(1).build();
  }

  /** A command as the leader would submit it now, with an id of its own. */
  Command command(Command.Builder body) {
    nowMs++;
    return body.setProposedMs(nowMs).setCommandId(commandId(nowMs + DEADLINE_MS)).build();
  }

  ByteString commandId(long deadlineMs) {
    return ByteString.copyFrom(
        ByteBuffer.allocate(16).putLong(deadlineMs).putLong(++commandIds).flip());
  }

  /** An entry of the log that carries no command. */
  void skip() {
    try {
      state.skip(at(++index));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Outcome apply(Command.Builder body) {
    return apply(command(body));
  }

  Outcome apply(Command command) {
    return applyAt(at(++index), command);
  }

  Outcome applyAt(LogPosition position, Command command) {
    try {
      return state.apply(position, command);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Answer ask(Query.Builder query) {
    try {
      return state.answer(query.build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Why a command was refused. */
  static RefusalCode code(Outcome outcome) {
    return outcome.getRefusal().getCode();
  }

  void flush() {
    try {
      state.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every row of every family but META's header. */
  Map<String, ByteString> dump() {
    Map<String, ByteString> rows = new TreeMap<>();
    for (Family family : Family.values()) {
      try (RowCursor cursor = state.rows().scan(family, KeyCodec.FIRST, null)) {
        for (; cursor.isValid(); cursor.next()) {
          rows.put(
              family + " " + java.util.HexFormat.of().formatHex(cursor.key()),
              ByteString.copyFrom(cursor.value()));
        }
      }
    }
    return rows;
  }

  /** Opens what a crash now would leave: only what was flushed. */
  void crash(Path copy) {
    try {
      int attempt = 0;
      while (!copied(copy.resolve("attempt" + attempt))) {
        attempt++;
      }
      state.close();
      directory = copy.resolve("attempt" + attempt);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    state = open();
  }

  /** False when files came or went during the copy: a compaction was running. */
  private boolean copied(Path copy) throws IOException {
    Files.createDirectories(copy);
    Map<String, Long> before = sizes();
    for (String name : before.keySet()) {
      try {
        Files.copy(directory.resolve(name), copy.resolve(name));
      } catch (NoSuchFileException e) {
        return false;
      }
    }
    return before.equals(sizes());
  }

  private Map<String, Long> sizes() throws IOException {
    Map<String, Long> sizes = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (!name.equals("LOCK") && !name.startsWith("LOG")) {
          try {
            sizes.put(name, Files.size(file));
          } catch (NoSuchFileException e) {
            sizes.put(name, -1L);
          }
        }
      }
    }
    return sizes;
  }

  void reopen() {
    reopen(FormatRange.CURRENT);
  }

  /** As a program that knows other formats does. */
  void reopen(FormatRange formats) {
    state.close();
    state = open(formats);
  }

  @Override
  public void close() {
    state.close();
    memory.close();
  }
}
