package io.sluice.gateway.bucket;

import io.sluice.storage.SnapshotReads;
import io.sluice.storage.proto.SnapshotRow;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lists snapshots for many who ask at once. One listing is under way at a time; all who ask
 * meanwhile share the next, because the one under way may have missed what was made before they
 * asked. Safe for all threads.
 */
final class SnapshotListing {
  private final SnapshotReads snapshots;
  private final ReentrantLock lock = new ReentrantLock();
  private boolean underWay;
  private @Nullable CompletableFuture<List<SnapshotRow>> next;

  SnapshotListing(SnapshotReads snapshots) {
    this.snapshots = snapshots;
  }

  /** All snapshots that were made before this was called, at least. Fails as a query does. */
  Uni<List<SnapshotRow>> list() {
    // Each has a copy: one who gives up must not end it for the others.
    return Uni.createFrom().completionStage(() -> joined().copy());
  }

  private CompletableFuture<List<SnapshotRow>> joined() {
    CompletableFuture<List<SnapshotRow>> listing;
    lock.lock();
    try {
      if (underWay) {
        next = next == null ? new CompletableFuture<>() : next;
        return next;
      }
      underWay = true;
      listing = new CompletableFuture<>();
    } finally {
      lock.unlock();
    }
    begin(listing);
    return listing;
  }

  private void begin(CompletableFuture<List<SnapshotRow>> listing) {
    // Whatever goes wrong is a failure of it, or no other would ever begin.
    Uni.createFrom()
        .deferred(snapshots::list)
        .onTermination()
        .invoke(this::ended)
        .subscribe()
        .with(listing::complete, listing::completeExceptionally);
  }

  private void ended() {
    CompletableFuture<List<SnapshotRow>> waiting;
    lock.lock();
    try {
      waiting = next;
      next = null;
      underWay = waiting != null;
    } finally {
      lock.unlock();
    }
    if (waiting != null) {
      begin(waiting);
    }
  }
}
