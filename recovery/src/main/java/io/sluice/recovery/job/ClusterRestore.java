package io.sluice.recovery.job;

import io.sluice.storage.StorageFailure;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.io.IOException;

/**
 * Brings back what a backup holds into a cluster that serves: the one it was made of, or another.
 *
 * <p>Objects come back with the times, owners, headers and ETags they had. Their chunks are stored
 * as they were, under new ids: an old id belongs to another cluster's partitions, or was given up
 * here. What is the same already is left alone, so a restore that was interrupted is begun again
 * and goes on where it was. An object that somebody writes meanwhile stays as it was written.
 *
 * <p>What blocks runs on a thread of its own. For one use; methods may be called on any thread.
 */
public final class ClusterRestore {
  private final RestoreOrder order;
  private final RestoreFigures figures = new RestoreFigures();
  private final RestoreReader reader;
  private final RestoreRoot root;
  private final RestoreChoice choice;
  private final ObjectMaking objects;

  /**
   * @param rootId the id of this cluster's root account, which has no row: what belonged to an
   *     account that is not here belongs to it
   */
  public ClusterRestore(BackupGround on, RestoreOrder order, String rootId) {
    this.order = order;
    this.reader = new RestoreReader(on, order, figures);
    this.root = new RestoreRoot(on, order, rootId, figures);
    this.choice = new RestoreChoice(on, order, root, figures);
    this.objects = new ObjectMaking(on, reader, choice, figures);
  }

  public RestoreFigures figures() {
    return figures;
  }

  /** Ends it soon. What is restored by then stays. */
  public void stop() {
    reader.stop();
  }

  /**
   * Restores.
   *
   * @return the id of the backup; fails with an {@link IOException} that is for people, or with a
   *     {@link StorageFailure}
   */
  public Uni<String> run() {
    return reader
        .open()
        .call(choice::begin)
        .call(opened -> root.restoreAccounts(opened.set(), opened.accounts()))
        .call(opened -> root.restoreBuckets(opened.buckets()))
        .call(this::restoreObjects)
        .map(opened -> opened.set().id().text())
        .onTermination()
        .call(reader::close);
  }

  private Uni<Void> restoreObjects() {
    return Multi.createBy()
        .repeating()
        .uni(reader::nextBatch)
        .whilst(batch -> !batch.isLast())
        .onItem()
        .transformToUniAndConcatenate(this::restore)
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> restore(RestoreBatch batch) {
    return root.findTargets(
            batch.items().stream().map(RestoreBatch.Item::bucket).distinct().toList())
        .chain(() -> choice.of(batch))
        .flatMap(wanted -> order.dryRun() ? Uni.createFrom().voidItem() : objects.make(wanted));
  }
}
