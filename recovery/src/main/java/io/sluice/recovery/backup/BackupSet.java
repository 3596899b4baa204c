package io.sluice.recovery.backup;

import io.sluice.recovery.backup.file.FileEntry;
import io.sluice.recovery.backup.format.PackFile;
import io.sluice.storage.proto.ShardPosition;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A backup that is complete: what its {@code set.json} says.
 *
 * @param parent what it adds to; null of a full one
 * @param startedAt by the clock of whoever made it
 * @param cutAt the moment whose state it holds, in shard time
 * @param finishedAt by the clock of whoever made it
 * @param before the positions after which changes are in it; empty of a full one
 * @param after the positions of the cut
 * @param buckets what it has by bucket; null: an older program made it, or there are too many
 * @param rows its files of rows
 * @param chunkIndexes its files that say where chunks are: with those of its chain, all that its
 *     state needs
 * @param packs that were sent for it
 */
public record BackupSet(
    SetId id,
    SetKind kind,
    @Nullable SetId parent,
    UUID clusterId,
    Instant startedAt,
    Instant cutAt,
    Instant finishedAt,
    List<ShardPosition> before,
    List<ShardPosition> after,
    SetCounts counts,
    @Nullable SetBuckets buckets,
    List<FileEntry> rows,
    List<FileEntry> chunkIndexes,
    List<PackFile> packs) {

  public BackupSet {
    if (kind.hasParent() == (parent == null)) {
      throw new IllegalArgumentException(
          "a backup of kind " + kind + (parent == null ? " has a parent" : " has no parent"));
    }
    before = List.copyOf(before);
    after = List.copyOf(after);
    rows = List.copyOf(rows);
    chunkIndexes = List.copyOf(chunkIndexes);
    packs = List.copyOf(packs);
  }

  public Optional<SetId> parentId() {
    return Optional.ofNullable(parent);
  }
}
