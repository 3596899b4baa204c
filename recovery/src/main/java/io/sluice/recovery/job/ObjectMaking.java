package io.sluice.recovery.job;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.recovery.backup.format.RowGroup;
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

/**
 * Makes objects of a backup: stores their chunks as they were, under new ids, and names them. Any
 * thread.
 */
final class ObjectMaking {
  /** Bytes of packs that are read in one go. */
  private static final int GROUP_BYTES = 8 << 20;

  /** Of those that are read or being stored: this bounds what a restore holds in memory. */
  private static final int GROUPS_MAX = 2;

  private static final int CHUNKS_MAX = 8;
  private static final int OBJECTS_MAX = 32;

  private final BackupGround on;
  private final RestoreReader reader;
  private final RestoreChoice choice;
  private final RestoreFigures figures;
  private final ObjectImport objects;

  ObjectMaking(
      BackupGround on, RestoreReader reader, RestoreChoice choice, RestoreFigures figures) {
    this.on = on;
    this.reader = reader;
    this.choice = choice;
    this.figures = figures;
    this.objects = new ObjectImport(on.metadata());
  }

  /**
   * An object that is being made, and where the chunks of each of its parts are now; of one in one
   * piece there is one. Each part has chunks of its own, also where the backup names one twice: a
   * copy that a client had made inside a shard shares its chunks, and what is made here need not
   * lie in the same shard (INVARIANTS 2).
   */
  private record Placed(ObjectImport.Wanted wanted, List<Map<ChunkId, ChunkId>> parts) {
    static Placed of(ObjectImport.Wanted wanted) {
      int parts = Math.max(1, wanted.item().rows().partCount());
      List<Map<ChunkId, ChunkId>> empty = new ArrayList<>();
      for (int i = 0; i < parts; i++) {
        empty.add(new ConcurrentHashMap<>());
      }
      return new Placed(wanted, empty);
    }

    /** The chunks that a part needs. */
    Set<ChunkId> needed(int part) {
      RowGroup rows = wanted.item().rows();
      Part of =
          rows.partCount() == 0
              ? rows.row().getObject().getManifest().getWhole()
              : rows.part(part).getPart();
      Set<ChunkId> needed = new LinkedHashSet<>();
      of.getSlicesList().forEach(slice -> needed.add(ChunkId.from(slice.getChunkId())));
      return needed;
    }
  }

  /** Makes the objects. */
  Uni<Void> make(List<ObjectImport.Wanted> wanted) {
    List<Placed> placed = wanted.stream().map(Placed::of).toList();
    Map<ChunkId, List<Map<ChunkId, ChunkId>>> owners = new LinkedHashMap<>();
    for (Placed each : placed) {
      for (int part = 0; part < each.parts().size(); part++) {
        for (ChunkId chunk : each.needed(part)) {
          owners.computeIfAbsent(chunk, first -> new ArrayList<>()).add(each.parts().get(part));
        }
      }
    }
    return reader
        .find(owners.keySet())
        .map(ObjectMaking::groups)
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
        .chain(
            () ->
                Multi.createFrom()
                    .iterable(placed)
                    .onItem()
                    .transformToUni(this::commit)
                    .merge(OBJECTS_MAX)
                    .onItem()
                    .ignoreAsUni());
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

  private Uni<Void> commit(Placed placed) {
    ObjectImport.Wanted wanted = placed.wanted();
    for (int part = 0; part < placed.parts().size(); part++) {
      Set<ChunkId> missing = placed.needed(part);
      missing.removeAll(placed.parts().get(part).keySet());
      if (!missing.isEmpty()) {
        return choice.damaged(
            wanted.item(),
            "chunk %s is missing or damaged in the backup".formatted(missing.iterator().next()));
      }
    }
    return objects
        .put(wanted, placed.parts())
        .invoke(
            done -> {
              if (done) {
                figures.restored.increment();
                figures.bytes.add(wanted.object().getSize());
              } else {
                figures.left.increment();
              }
            })
        .replaceWithVoid();
  }
}
