package io.sluice.metadata.raft;

import io.netty.util.Timer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a shard's state from the leader when its log does not lead on from this peer's. One shard
 * at a time.
 */
final class StateFetcher {
  private static final Logger log = LoggerFactory.getLogger(StateFetcher.class);
  private static final long FETCH_HOURS_MAX = 6;
  private static final long PAUSE_AFTER_FAILURE_MS = 1000;

  private final MetadataDirectory directory;
  private final ReplicatedState.Factory states;
  private final StateTransfer transfer;
  private final Executor disk;
  private final Timer timer;

  StateFetcher(
      MetadataDirectory directory,
      ReplicatedState.Factory states,
      StateTransfer transfer,
      Executor disk,
      Timer timer) {
    this.directory = directory;
    this.states = states;
    this.transfer = transfer;
    this.disk = disk;
    this.timer = timer;
  }

  /**
   * Fetches, checks and installs, unless the shard's own state is new enough. Returns at once.
   *
   * @param first the index of the first entry that the leader's log still has
   * @return up to where the state goes now; null when the leader has none, for nothing was ever
   *     applied: its log is enough. A failure comes after a pause, for Ratis asks again at once
   */
  CompletableFuture<@Nullable TermIndex> fetch(RaftShard shard, String leader, long first) {
    CompletableFuture<@Nullable TermIndex> result = new CompletableFuture<>();
    try {
      var unused =
          CompletableFuture.supplyAsync(
                  () -> blocking(() -> shard.machine().goOnFromOwn(first)), disk)
              .thenCompose(
                  own ->
                      own.equals(Checkpoint.NOTHING)
                          ? fetchFrom(leader, shard)
                          : CompletableFuture.completedFuture(own))
              .whenComplete((at, failure) -> end(shard, leader, at, failure, result));
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(e);
    }
    return result;
  }

  private CompletableFuture<TermIndex> fetchFrom(String leader, RaftShard shard) {
    log.info("Shard {}: fetching the state from {}", shard.shard(), leader);
    return CompletableFuture.supplyAsync(
            () -> blocking(shard.files().installer()::makeIncoming), disk)
        .thenCompose(into -> transfer.fetch(leader, shard.shard(), into))
        .orTimeout(FETCH_HOURS_MAX, TimeUnit.HOURS)
        .thenApplyAsync(fetched -> blocking(() -> install(shard)), disk);
  }

  private void end(
      RaftShard shard,
      String leader,
      @Nullable TermIndex at,
      @Nullable Throwable failure,
      CompletableFuture<@Nullable TermIndex> result) {
    if (at != null && failure == null) {
      log.info("Shard {}: goes on from {} with {}", shard.shard(), at, leader);
      result.complete(at.equals(Checkpoint.NOTHING) ? null : at);
      return;
    }
    Throwable cause = failure == null ? new IOException("no answer") : failure;
    log.warn("Shard {}: no state from {} yet: {}", shard.shard(), leader, cause.toString());
    try {
      timer.newTimeout(
          t -> result.completeExceptionally(cause), PAUSE_AFTER_FAILURE_MS, TimeUnit.MILLISECONDS);
    } catch (IllegalStateException stopped) {
      result.completeExceptionally(cause);
    }
  }

  private TermIndex install(RaftShard shard) throws IOException {
    StateInstaller installer = shard.files().installer();
    TermIndex at = installer.check();
    if (at.equals(Checkpoint.NOTHING)) {
      return at;
    }
    installer.commit();
    Path place = directory.state(shard.shard());
    shard.machine().markReplaced();
    try {
      shard
          .state()
          .replace(
              at,
              () -> {
                installer.finish();
                return states.open(place, shard.shard());
              });
    } catch (IOException | RuntimeException | Error e) {
      shard.machine().fail("installing the state of " + place, e);
      throw e;
    }
    return at;
  }

  private interface Blocking<T> {
    T run() throws IOException;
  }

  private static <T> T blocking(Blocking<T> step) {
    try {
      return step.run();
    } catch (IOException e) {
      throw new CompletionException(e);
    } catch (UncheckedIOException e) {
      throw new CompletionException(e.getCause());
    }
  }
}
