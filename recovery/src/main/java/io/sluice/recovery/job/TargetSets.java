package io.sluice.recovery.job;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.TargetKey;
import io.sluice.recovery.backup.prune.Holds;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what targets have. Methods return at once and may be called on any thread; results
 * arrive on another. They fail with {@link IOException}, whose message is for people.
 */
public final class TargetSets {
  /** At the same time by one node, without those whose target hangs. */
  private static final int LOOKS_MAX = 2;

  private static final int WAITING_MAX = 16;

  /** A target that does not answer for so long hangs. */
  private static final Duration SILENCE_MAX = Duration.ofMinutes(1);

  private final BackupGround on;
  private final Turns turns = new Turns(LOOKS_MAX, WAITING_MAX);

  public TargetSets(BackupGround on) {
    this.on = on;
  }

  /** Something that is read of a target. Blocks. */
  @FunctionalInterface
  interface Look<T> {
    T at(BackupTarget target, BackupFiles files) throws IOException;
  }

  /**
   * What there is.
   *
   * @param sets that are complete, of this cluster, oldest first
   * @param damaged those whose {@code set.json} can't be read, and why
   * @param held those that have a legal hold
   * @param clusters that have something there, this one among them
   */
  public record Contents(
      List<BackupSet> sets,
      Map<SetId, String> damaged,
      Set<SetId> held,
      List<ClusterSets> clusters) {}

  /** What the target has. */
  public Uni<Contents> contents(TargetRecord target) {
    return look(
        target,
        (opened, files) -> {
          BackupCatalog catalog = BackupCatalog.load(files);
          return new Contents(
              catalog.sets(),
              catalog.unreadable(),
              Holds.list(files),
              ClusterSets.of(opened, on.clusterId()));
        });
  }

  /** The complete sets of this cluster alone, oldest first. */
  public Uni<List<BackupSet>> list(TargetRecord target) {
    return look(target, (opened, files) -> BackupCatalog.load(files).sets());
  }

  /** The clusters that have something there. */
  public Uni<List<ClusterSets>> clusters(TargetRecord target) {
    return look(target, (opened, files) -> ClusterSets.of(opened, on.clusterId()));
  }

  /** Completes when the target can be read, and what is there of this cluster with its key. */
  public Uni<Void> check(TargetRecord target) {
    return look(target, (opened, files) -> BackupCatalog.load(files)).replaceWithVoid();
  }

  /**
   * One of its sets.
   *
   * @return fails with {@link NoSuchFileException} when there is none of that id
   */
  public Uni<BackupSet> find(TargetRecord target, String id) {
    return look(
        target,
        (opened, files) ->
            SetId.parse(id)
                .flatMap(BackupCatalog.load(files)::find)
                .orElseThrow(() -> new NoSuchFileException(id)));
  }

  /**
   * Puts a legal hold on a set, or takes it away.
   *
   * @return fails with {@link NoSuchFileException} when there is none of that id
   */
  public Uni<Void> hold(TargetRecord target, String id, boolean held) {
    return look(
            target,
            (opened, files) -> {
              SetId set = SetId.parse(id).orElseThrow(() -> new NoSuchFileException(id));
              if (held) {
                Holds.put(files, set, on.clock().instant());
              } else {
                Holds.remove(files, set);
              }
              return true;
            })
        .replaceWithVoid();
  }

  <T> Uni<T> look(TargetRecord target, Look<T> look) {
    return turns.take(
        () -> {
          TargetWorker worker = new TargetWorker(on, target, on.lookers(), SILENCE_MAX);
          return worker.step(
              () -> {
                try (BackupTarget opened = worker.open()) {
                  return look.at(opened, files(opened, on.clusterId(), target));
                }
              });
        });
  }

  /** The files of a cluster in a target. Blocks: the key is read. */
  static BackupFiles files(BackupTarget target, UUID clusterId, TargetRecord record)
      throws IOException {
    return new BackupFiles(target, clusterId, key(record));
  }

  private static @Nullable TargetKey key(TargetRecord record) throws IOException {
    String file = record.getKeyFile();
    return file.isEmpty() ? null : TargetKey.load(Path.of(file));
  }
}
