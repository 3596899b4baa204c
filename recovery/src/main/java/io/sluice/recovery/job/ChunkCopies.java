package io.sluice.recovery.job;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.storage.VertxUni;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.proto.Part;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stores chunks of a backup as they were, under new ids. Any thread. */
final class ChunkCopies {
  /** Bytes of packs that are read in one go. */
  private static final int GROUP_BYTES = 8 << 20;

  /** Of those that are read or being stored: this bounds what a restore holds in memory. */
  private static final int GROUPS_MAX = 2;

  private static final int CHUNKS_MAX = 8;

  private final BackupGround on;
  private final RestoreReader reader;

  ChunkCopies(BackupGround on, RestoreReader reader) {
    this.on = on;
    this.reader = reader;
  }

  /** The chunks that a part needs. */
  static Set<ChunkId> needed(Part part) {
    Set<ChunkId> needed = new LinkedHashSet<>();
    part.getSlicesList().forEach(slice -> needed.add(ChunkId.from(slice.getChunkId())));
    return needed;
  }

  /**
   * Stores the chunks of some parts, which nothing names then: that is for the caller to do soon.
   * Each part gets chunks of its own, also where the backup names one twice: a copy that a client
   * had made inside a shard shares its chunks, and what is made here need not lie in the same shard
   * (INVARIANTS 2).
   *
   * @return for each part where each of its chunks is now; those that are missing or damaged in the
   *     backup are left out
   */
  Uni<List<Map<ChunkId, ChunkId>>> store(List<Part> parts) {
    List<Map<ChunkId, ChunkId>> stored = new ArrayList<>();
    Map<ChunkId, List<Map<ChunkId, ChunkId>>> owners = new LinkedHashMap<>();
    for (Part part : parts) {
      Map<ChunkId, ChunkId> own = new ConcurrentHashMap<>();
      stored.add(own);
      for (ChunkId chunk : needed(part)) {
        owners.computeIfAbsent(chunk, first -> new ArrayList<>()).add(own);
      }
    }
    if (owners.isEmpty()) {
      return Uni.createFrom().item(stored);
    }
    return reader
        .find(owners.keySet())
        .map(ChunkCopies::groups)
        .flatMap(
            groups ->
                Multi.createFrom()
                    .iterable(groups)
                    .onItem()
                    .transformToUni(group -> store(group, owners))
                    // What was read is released by whoever reads it, also when another has failed.
                    .collectFailures()
                    .merge(GROUPS_MAX)
                    .onItem()
                    .ignoreAsUni())
        .replaceWith(stored);
  }

  /** Runs of one pack that are read in one go. */
  private static List<List<ChunkLocation>> groups(List<ChunkLocation> sorted) {
    List<List<ChunkLocation>> groups = new ArrayList<>();
    int first = 0;
    while (first < sorted.size()) {
      int end = first;
      long bytes = 0;
      while (end < sorted.size()
          && sorted.get(end).pack().equals(sorted.get(first).pack())
          && (end == first || bytes + sorted.get(end).length() <= GROUP_BYTES)) {
        bytes += sorted.get(end).length();
        end++;
      }
      groups.add(sorted.subList(first, end));
      first = end;
    }
    return groups;
  }

  private Uni<Void> store(
      List<ChunkLocation> group, Map<ChunkId, List<Map<ChunkId, ChunkId>>> owners) {
    return reader
        .read(group)
        .flatMap(
            read ->
                Multi.createFrom()
                    .iterable(read.entrySet())
                    .onItem()
                    .transformToUni(
                        chunk ->
                            store(
                                chunk.getKey(),
                                chunk.getValue(),
                                owners.getOrDefault(chunk.getKey(), List.of())))
                    .collectFailures()
                    .merge(CHUNKS_MAX)
                    .onItem()
                    .ignoreAsUni());
  }

  /** Once for each owner, one after the other. */
  private Uni<Void> store(
      ChunkId then, SetContents.Content content, List<Map<ChunkId, ChunkId>> owners) {
    return VertxUni.of(
        () -> {
          Future<Void> stored = Future.succeededFuture();
          for (Map<ChunkId, ChunkId> owner : owners) {
            stored =
                stored
                    .compose(before -> write(then, content))
                    .map(
                        id -> {
                          owner.put(then, id);
                          return null;
                        });
          }
          return stored.onComplete(done -> content.frames().release());
        });
  }

  private Future<ChunkId> write(ChunkId then, SetContents.Content content) {
    ChunkId id = on.chunks().allocate(then.low());
    return on.chunks().write(encoded(id, content)).map(written -> id);
  }

  /** The same frames behind another head. */
  private EncodedChunk encoded(ChunkId id, SetContents.Content content) {
    ChunkHeader then = content.header();
    ChunkHeader header =
        new ChunkHeader(id, on.clusterId(), false, then.plainLength(), then.frames());
    ByteBuffer head = ByteBuffer.allocate(header.headLength());
    ChunkRecord.writeHead(header, head);
    ByteBuf frames = content.frames();
    ByteBuf record = PooledByteBufAllocator.DEFAULT.directBuffer(header.recordLength());
    record.writeBytes(head.flip()).writeBytes(frames, frames.readerIndex(), frames.readableBytes());
    return new EncodedChunk(header, record);
  }
}
