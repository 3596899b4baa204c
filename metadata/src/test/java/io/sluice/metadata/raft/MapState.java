package io.sluice.metadata.raft;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A state that keeps the last PutObject of each key in memory and, when flushed, its position in a
 * file: what it had not flushed is gone when it is opened again, as after a power cut. Its keys are
 * flushed too, so that a replay onto newer state shows.
 */
class MapState implements ReplicatedState {
  private final Path file;
  private final Map<String, Outcome> objects = new ConcurrentHashMap<>();
  private final Map<String, Outcome> byCommandId = new ConcurrentHashMap<>();
  private volatile LogPosition applied = LogPosition.getDefaultInstance();
  private volatile long timeMs;
  volatile @Nullable BeforeApply beforeApply;
  volatile boolean closed;

  /** Runs before a command is applied; may block or throw. */
  @FunctionalInterface
  interface BeforeApply {
    void run(Command command) throws IOException;
  }

  MapState(Path directory) throws IOException {
    Files.createDirectories(directory);
    this.file = directory.resolve("map");
    if (Files.exists(file)) {
      load();
    }
  }

  private void load() throws IOException {
    for (String line : Files.readAllLines(file)) {
      String[] words = line.split(" ", -1);
      if (words[0].equals("applied")) {
        applied = position(words[1]);
      } else {
        objects.put(
            words[0],
            Outcome.newBuilder()
                .setObject(ObjectVersion.newBuilder().setEtag(words[1]))
                .setPosition(position(words[2]))
                .build());
      }
    }
  }

  private static LogPosition position(String index) {
    return LogPosition.newBuilder().setEpoch(1).setIndex(Long.parseLong(index)).build();
  }

  @Override
  public LogPosition applied() {
    return applied;
  }

  @Override
  public Outcome apply(LogPosition position, Command command) throws IOException {
    BeforeApply before = beforeApply;
    if (before != null) {
      before.run(command);
    }
    if (position.getIndex() <= applied.getIndex()) {
      return Outcome.getDefaultInstance();
    }
    timeMs = Math.max(timeMs + 1, command.getProposedMs());
    Outcome known = byCommandId.get(command.getCommandId().toStringUtf8());
    Outcome outcome = known != null ? known : put(position, command);
    byCommandId.put(command.getCommandId().toStringUtf8(), outcome);
    applied = position;
    return outcome;
  }

  private Outcome put(LogPosition position, Command command) {
    String key = command.getPutObject().getKey().toStringUtf8();
    if (key.equals("refuse")) {
      return Outcome.newBuilder()
          .setPosition(position)
          .setRefusal(Refusal.newBuilder().setCode(RefusalCode.PRECONDITION_FAILED))
          .build();
    }
    Outcome outcome =
        Outcome.newBuilder()
            .setPosition(position)
            .setObject(
                ObjectVersion.newBuilder().setEtag(command.getPutObject().getObject().getEtag()))
            .build();
    if (!key.isEmpty()) {
      objects.put(key, outcome);
    }
    return outcome;
  }

  @Override
  public Answer answer(Query query) {
    Outcome outcome = objects.get(query.getGetObject().getKey().toStringUtf8());
    if (outcome == null) {
      return Answer.newBuilder()
          .setRefusal(Refusal.newBuilder().setCode(RefusalCode.NO_SUCH_KEY))
          .build();
    }
    return Answer.newBuilder()
        .setObject(ObjectAnswer.newBuilder().setObject(outcome.getObject()))
        .build();
  }

  @Override
  public @Nullable Answer answerFromMemory(Query query) {
    return query.getGetObject().getWithContent() ? null : answer(query);
  }

  @Override
  public LogPosition flush() {
    LogPosition durable = applied;
    StringBuilder text = new StringBuilder("applied " + durable.getIndex() + "\n");
    objects.forEach(
        (key, outcome) -> {
          if (outcome.getPosition().getIndex() <= durable.getIndex()) {
            text.append(
                key
                    + " "
                    + outcome.getObject().getEtag()
                    + " "
                    + outcome.getPosition().getIndex()
                    + "\n");
          }
        });
    try {
      DurableFile.replace(file, text.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return durable;
  }

  @Override
  public void checkpoint(Path into) throws IOException {
    flush();
    Files.createDirectories(into);
    Files.copy(file, into.resolve("map"));
  }

  @Override
  public long shardTimeMs() {
    return timeMs;
  }

  @Override
  public int format() {
    return FormatRange.FIRST;
  }

  @Override
  public void close() {
    closed = true;
  }
}
