package io.sluice.recovery.job;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;

/**
 * Something that is read of a target, or claimed there, in one go. Blocks, but not for ever: where
 * the target hangs, whoever waits is told.
 */
@FunctionalInterface
public interface TargetLook<T> {
  /** A target that does not answer for so long hangs. */
  Duration SILENCE_MAX = Duration.ofMinutes(1);

  /** Looks. */
  T at(BackupTarget opened) throws IOException;

  /**
   * Opens the target and looks, on one of the node's lookers.
   *
   * @return fails with an {@link IOException} for people
   */
  static <T> Uni<T> look(BackupGround on, TargetRecord target, TargetLook<T> look) {
    TargetRecord named = named(target);
    return Uni.createFrom()
        .deferred(
            () -> {
              TargetWorker worker = new TargetWorker(on, named, on.lookers(), SILENCE_MAX);
              return worker.step(
                  () -> {
                    try (BackupTarget opened = worker.open()) {
                      return look.at(opened);
                    }
                  });
            });
  }

  /** For people: the place of one that has no name. */
  static TargetRecord named(TargetRecord target) {
    return target.getName().isEmpty()
        ? target.toBuilder().setName(target.getUrl()).build()
        : target;
  }
}
