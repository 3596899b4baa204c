package io.sluice.recovery.backup;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.FileEntry;
import io.sluice.recovery.backup.format.ChunkIndexWriter;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.recovery.backup.format.PackFile;
import io.sluice.recovery.backup.format.PackId;
import io.sluice.recovery.backup.format.PackReader;
import io.sluice.recovery.backup.format.PackWriter;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.recovery.backup.format.StoredChunk;
import io.sluice.storage.chunk.ChunkRecord.MalformedRecordException;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.PartRow;
import io.sluice.storage.proto.ShardPosition;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes one backup: rows and chunks as they come, and {@code set.json} last, with which it begins
 * to be there. Until then it is nothing: whoever writes it may end at any moment. Packs that were
 * complete by then can be taken over by a successor that writes the same set ({@link #adopt}).
 *
 * <p>Memory: a few megabytes of rows, half a million places of chunks, and no chunk. Blocks; for
 * one thread at a time.
 */
public final class SetWriter implements Closeable {
  private static final int INDEX_ENTRIES_MAX = 500_000;

  private final BackupFiles files;
  private final SetId id;
  private final SetKind kind;
  private final @Nullable SetId parent;
  private final InstantSource clock;
  private final Consumer<PackFile> packReceiver;
  private final Instant startedAt;
  private final Set<String> taken = new HashSet<>();
  private final SortedRows rows;
  private final ChunkIndexWriter index = new ChunkIndexWriter();
  private final List<FileEntry> indexes = new ArrayList<>();
  private final List<PackFile> packs = new ArrayList<>();
  private @Nullable PackWriter pack;
  private long chunks;
  private long chunkBytes;

  private SetWriter(
      BackupFiles files,
      SetId id,
      SetKind kind,
      @Nullable SetId parent,
      InstantSource clock,
      Consumer<PackFile> packReceiver) {
    this.files = files;
    this.id = id;
    this.kind = kind;
    this.parent = parent;
    this.clock = clock;
    this.packReceiver = packReceiver;
    this.startedAt = clock.instant();
    this.rows = new SortedRows(files, () -> free("rows-"));
  }

  /**
   * Begins a set, or goes on with one whose writer ended.
   *
   * @param parent what it adds to; null of a full one
   * @param packReceiver is told each pack that is complete, durable and part of this set
   */
  public static SetWriter begin(
      BackupFiles files,
      SetId id,
      SetKind kind,
      @Nullable SetId parent,
      InstantSource clock,
      Consumer<PackFile> packReceiver)
      throws IOException {
    if (kind.hasParent() == (parent == null)) {
      throw new IllegalArgumentException("a backup of kind " + kind + " and its parent");
    }
    SetWriter writer = new SetWriter(files, id, kind, parent, clock, packReceiver);
    files.list(id.folder(), file -> writer.taken.add(file.name()));
    if (writer.taken.contains(SetFile.name(id))) {
      throw new FileAlreadyExistsException(SetFile.name(id), null, "the backup is complete");
    }
    return writer;
  }

  private String free(String prefix) {
    int number = 0;
    while (!taken.add(id.folder() + prefix + number)) {
      number++;
    }
    return id.folder() + prefix + number;
  }

  public SetId id() {
    return id;
  }

  /** Adds a row. Rows come in any order; sorted ones make fewer files. */
  public void add(int shard, BackupRow row) throws IOException {
    add(shard, row, List.of());
  }

  /** Adds an object's row with those of its parts. */
  public void add(int shard, BackupRow row, List<PartRow> parts) throws IOException {
    add(RowGroup.of(shard, row, parts));
  }

  /** Adds a row as it was read from another set. */
  public void add(RowGroup row) throws IOException {
    rows.add(row);
  }

  /**
   * Adds a chunk, as it is stored. Whoever calls sends each once.
   *
   * @param record its remaining bytes are read
   * @throws MalformedRecordException when its checksums are wrong; nothing was added
   */
  public void addChunk(ByteBuffer record) throws IOException, MalformedRecordException {
    StoredChunk chunk = StoredChunk.check(record);
    PackWriter to = pack;
    if (to == null) {
      to = new PackWriter(files, PackId.create(clock.millis()));
      pack = to;
    }
    to.add(chunk.header(), record);
    chunks++;
    chunkBytes += chunk.header().recordLength();
    if (to.isFull()) {
      endPack();
    }
  }

  /** Ends the pack at hand, if there is one, so that what was added so far is kept. */
  public void endPack() throws IOException {
    PackWriter full = pack;
    if (full != null) {
      List<ChunkLocation> locations = full.finish();
      full.close();
      pack = null;
      take(locations);
      packReceiver.accept(packs.get(packs.size() - 1));
    }
  }

  private void take(List<ChunkLocation> locations) throws IOException {
    packs.add(locations.get(0).pack());
    for (ChunkLocation location : locations) {
      place(location);
    }
  }

  /**
   * Names a chunk that is in the target already and in no set of the chain: then this set's indexes
   * say where it is.
   */
  public void place(ChunkLocation location) throws IOException {
    index.add(location);
    if (index.size() >= INDEX_ENTRIES_MAX) {
      writeIndex();
    }
  }

  private void writeIndex() throws IOException {
    indexes.add(index.write(files, free("chunks-")));
  }

  /**
   * Takes over a pack of this set that an earlier writer completed.
   *
   * @return what is in it, which need not be sent again
   * @throws DamagedFileException when it can't be read; then it is no part of the set
   */
  public List<ChunkLocation> adopt(PackFile complete) throws IOException {
    try (PackReader reader = PackReader.open(files, complete)) {
      List<ChunkLocation> locations = reader.index();
      if (locations.isEmpty()) {
        return locations;
      }
      take(locations);
      chunks += locations.size();
      locations.forEach(location -> chunkBytes += location.length());
      return locations;
    }
  }

  /** Bytes of chunks so far: what a progress bar counts. */
  public long chunkBytes() {
    return chunkBytes;
  }

  /**
   * Writes all of the set but {@code set.json}: it is not there yet. For {@link #publish}, after a
   * last look whether it still may be.
   *
   * @param cutAt the moment whose state it holds, in shard time
   * @param before the positions after which changes are in it; empty of a full one
   * @param after the positions of the cut
   */
  public BackupSet prepare(Instant cutAt, List<ShardPosition> before, List<ShardPosition> after)
      throws IOException {
    endPack();
    if (index.size() > 0) {
      writeIndex();
    }
    List<FileEntry> rowFiles = rows.finish();
    long stored = 0;
    for (FileEntry file : rowFiles) {
      stored += file.size();
    }
    for (FileEntry file : indexes) {
      stored += file.size();
    }
    for (PackFile each : packs) {
      stored += each.size();
    }
    return new BackupSet(
        id,
        kind,
        parent,
        files.clusterId(),
        startedAt,
        cutAt,
        clock.instant(),
        before,
        after,
        rows.counts(chunks, chunkBytes, stored),
        rows.buckets(),
        rowFiles,
        indexes,
        packs);
  }

  /**
   * Completes the set: when this returns it is there, durable and listed.
   *
   * @throws FileAlreadyExistsException when somebody else completed it otherwise
   */
  public void publish(BackupSet set) throws IOException {
    SetFile.write(files, set);
  }

  /** Ends the writing. Without a finish before, the set is not there. */
  @Override
  public void close() throws IOException {
    PackWriter open = pack;
    if (open != null) {
      open.close();
    }
    rows.close();
  }
}
