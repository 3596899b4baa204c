package io.sluice.metadata.gc;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.ShardStatus;
import io.sluice.storage.proto.TrimChanges;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/** Keeps the change index of a shard within its bound. */
final class ChangeTrim {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final MetadataStore metadata;
  private final GcProgress progress;
  private final long changesMax;

  ChangeTrim(MetadataStore metadata, GcProgress progress, long changesMax) {
    this.metadata = metadata;
    this.progress = progress;
    this.changesMax = changesMax;
  }

  Uni<Void> run(int shard) {
    Query query = Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();
    return metadata.query(shard, query, LIMIT).flatMap(answer -> trim(shard, answer.getStatus()));
  }

  /** By index: not every entry of the log is a change, so what is kept is at most the bound. */
  private Uni<Void> trim(int shard, ShardStatus status) {
    long below = status.getNewestChange() - changesMax + 1;
    if (below <= status.getOldestChange()) {
      return Uni.createFrom().voidItem();
    }
    Command command =
        Command.newBuilder().setTrimChanges(TrimChanges.newBuilder().setBelowIndex(below)).build();
    return metadata
        .submit(shard, command, LIMIT)
        .invoke(() -> progress.changesTrimmed.addAndGet(below - status.getOldestChange()))
        .replaceWithVoid();
  }
}
