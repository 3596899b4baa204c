package io.sluice.recovery.job;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.SetWriter;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.recovery.backup.format.PackFile;
import io.sluice.recovery.backup.format.PackId;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord.MalformedRecordException;
import io.sluice.storage.proto.BackupProgress;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.PackProgress;
import io.sluice.storage.proto.PartRow;
import io.sluice.storage.proto.ShardPosition;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A set that is being written to a target, which has some of its chunks already. Blocks; for one
 * thread at a time.
 */
final class SetInTheMaking implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(SetInTheMaking.class);

  /**
   * Packs that a successor is told of, some 75 bytes each, of the 64 KiB that a job keeps; what it
   * does not know of it sends again.
   */
  static final int PACKS_TOLD_MAX = 800;

  /**
   * Chunks that are known to be in this set: some 60 bytes each. Only copies name a chunk twice;
   * one that was forgotten is sent twice, and found all the same.
   */
  private static final int KNOWN_MAX = 500_000;

  private final KnownTarget target;
  private final SetWriter writer;

  private final BackupFigures figures;
  private final Set<ChunkId> known = new HashSet<>();
  private final Deque<PackFile> packs;

  /** An object whose parts may still come. */
  private @Nullable BackupRow waiting;

  private int waitingShard;
  private final List<PartRow> parts = new ArrayList<>();

  private SetInTheMaking(
      KnownTarget target, SetWriter writer, Deque<PackFile> packs, BackupFigures figures) {
    this.target = target;
    this.writer = writer;
    this.packs = packs;
    this.figures = figures;
  }

  /**
   * Begins a set, or goes on with it.
   *
   * @param target stays the caller's to close
   * @param parent the set that it adds to; null of a full one
   * @param before how far another run came with it
   */
  static SetInTheMaking open(
      KnownTarget target,
      SetId id,
      SetKind kind,
      @Nullable BackupSet parent,
      BackupProgress before,
      InstantSource clock,
      BackupFigures figures)
      throws IOException {
    target.buildOn(parent);
    Deque<PackFile> packs = new ArrayDeque<>();
    SetWriter writer =
        SetWriter.begin(
            target.files(), id, kind, parent == null ? null : parent.id(), clock, packs::addLast);
    try {
      SetInTheMaking made = new SetInTheMaking(target, writer, packs, figures);
      made.adopt(before.getPacksList());
      return made;
    } catch (IOException | RuntimeException e) {
      writer.close();
      throw e;
    }
  }

  private void adopt(List<PackProgress> complete) throws IOException {
    for (PackProgress each : complete) {
      PackFile pack =
          new PackFile(
              new PackId(each.getId()),
              each.getSize(),
              HexFormat.of().formatHex(each.getSha256().toByteArray()));
      try {
        for (ChunkLocation location : writer.adopt(pack)) {
          know(location.chunk());
        }
        packs.addLast(pack);
      } catch (NoSuchFileException | DamagedFileException e) {
        log.info("A pack of an earlier run is of no use, and sent again: {}", e.getMessage());
      }
    }
  }

  private void know(ChunkId chunk) {
    if (known.size() < KNOWN_MAX) {
      known.add(chunk);
    }
  }

  /** Adds rows, and gives those of their chunks that the target lacks. */
  List<ChunkId> add(RowPage page) throws IOException {
    for (BackupRow row : page.rows()) {
      figures.bytesRead.add(row.getSerializedSize());
      if (row.hasPart()) {
        parts.add(row.getPart());
      } else {
        endRow();
        waiting = row;
        waitingShard = page.shard();
        if (row.hasObject()) {
          figures.objects.increment();
        }
      }
    }
    return lacking(RowChunks.of(page.rows()));
  }

  private void endRow() throws IOException {
    BackupRow row = waiting;
    if (row != null) {
      writer.add(waitingShard, row, parts);
      waiting = null;
      parts.clear();
    }
  }

  private List<ChunkId> lacking(Collection<ChunkId> wanted) throws IOException {
    Set<ChunkId> unknown = new HashSet<>(wanted);
    unknown.removeAll(known);
    unknown.removeAll(target.inChain(unknown));
    Map<ChunkId, ChunkLocation> there = target.elsewhere(unknown);
    for (ChunkLocation location : there.values()) {
      writer.place(location);
    }
    unknown.removeAll(there.keySet());
    there.keySet().forEach(this::know);
    // In the order in which the rows name them, which is that in which a restore asks for them.
    List<ChunkId> lacking = wanted.stream().filter(unknown::contains).toList();
    lacking.forEach(this::know);
    return lacking;
  }

  /**
   * Adds a chunk.
   *
   * @return whether a pack is complete with it, of which a successor may be told
   */
  boolean addChunk(ByteBuffer record) throws IOException {
    int bytes = record.remaining();
    int before = packs.size();
    try {
      writer.addChunk(record);
    } catch (MalformedRecordException e) {
      throw new IOException("a chunk came damaged: " + e.getMessage(), e);
    }
    figures.chunks.increment();
    figures.bytesRead.add(bytes);
    figures.bytesWritten.add(bytes);
    return packs.size() > before;
  }

  /** What a successor need not send again. */
  List<PackProgress> packs() {
    while (packs.size() > PACKS_TOLD_MAX) {
      packs.removeFirst();
    }
    return packs.stream()
        .map(
            pack ->
                PackProgress.newBuilder()
                    .setId(pack.id().text())
                    .setSize(pack.size())
                    .setSha256(ByteString.copyFrom(HexFormat.of().parseHex(pack.sha256())))
                    .build())
        .toList();
  }

  /**
   * Writes all that is left of the set, but does not complete it.
   *
   * @param at the moment that it is of, in shard time
   * @param before the position of the set that it adds to; none of a full one
   */
  BackupSet prepare(Instant at, List<ShardPosition> before, List<ShardPosition> cut)
      throws IOException {
    endRow();
    return writer.prepare(at, before, cut);
  }

  /** Completes the set: from now on it is there. */
  BackupSet publish(BackupSet prepared) throws IOException {
    try {
      writer.publish(prepared);
      return prepared;
    } catch (FileAlreadyExistsException e) {
      // A run before this one, of the same cut, was quicker after all: its set is as good.
      return BackupCatalog.load(target.files()).find(prepared.id()).orElseThrow(() -> e);
    }
  }

  @Override
  public void close() throws IOException {
    waiting = null;
    writer.close();
  }
}
