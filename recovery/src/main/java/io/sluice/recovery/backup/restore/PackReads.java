package io.sluice.recovery.backup.restore;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.recovery.backup.format.ChunkLookup;
import io.sluice.recovery.backup.format.PackFile;
import io.sluice.recovery.backup.format.PackId;
import io.sluice.recovery.backup.format.PackReader;
import io.sluice.recovery.backup.format.StoredChunk;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.chunk.codec.FrameDecoder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads pieces in the order in which they lie in packs, so that a pack is read from one end to the
 * other in large ranges, whatever order the pieces were asked for in. Keeps a few packs open.
 * Blocks; for one thread at a time.
 */
final class PackReads implements Closeable {
  private static final int OPEN_MAX = 4;

  /** Takes what was read. */
  interface Receiver {
    /** Plain bytes of a piece, which are valid until this returns. */
    void bytes(Piece piece, long fileOffset, ByteBuffer bytes) throws IOException;

    /** A piece that can't be read. */
    void damaged(Piece piece, String problem) throws IOException;
  }

  private final BackupFiles files;
  private final ChunkLookup lookup;
  private final FrameDecoder decoder;
  private final LinkedHashMap<PackId, PackReader> open = new LinkedHashMap<>(16, 0.75f, true);

  PackReads(BackupFiles files, ChunkLookup lookup, FrameDecoder decoder) {
    this.files = files;
    this.lookup = lookup;
    this.decoder = decoder;
  }

  /** Reads pieces; each is given, in one run or several, or is damaged. */
  void read(List<Piece> pieces, Receiver receiver) throws IOException {
    Map<ChunkId, List<Piece>> byChunk = new LinkedHashMap<>();
    for (Piece piece : pieces) {
      byChunk.computeIfAbsent(piece.chunk(), none -> new ArrayList<>()).add(piece);
    }
    Map<ChunkId, ChunkLocation> found = lookup.find(byChunk.keySet());
    Map<PackFile, List<ChunkLocation>> byPack = new LinkedHashMap<>();
    for (Map.Entry<ChunkId, List<Piece>> chunk : byChunk.entrySet()) {
      if (!found.containsKey(chunk.getKey())) {
        damaged(chunk.getValue(), "no chunk index says where " + chunk.getKey() + " is", receiver);
      }
    }
    found.values().stream()
        .sorted(ChunkLocation.IN_PACKS)
        .forEach(
            location ->
                byPack.computeIfAbsent(location.pack(), none -> new ArrayList<>()).add(location));
    for (Map.Entry<PackFile, List<ChunkLocation>> pack : byPack.entrySet()) {
      read(pack.getKey(), pack.getValue(), byChunk, receiver);
    }
  }

  private void read(
      PackFile pack,
      List<ChunkLocation> locations,
      Map<ChunkId, List<Piece>> pieces,
      Receiver receiver)
      throws IOException {
    PackReader reader;
    try {
      reader = reader(pack);
    } catch (NoSuchFileException | DamagedFileException e) {
      String problem =
          e instanceof NoSuchFileException
              ? pack.id().file() + " is missing"
              : String.valueOf(e.getMessage());
      for (ChunkLocation location : locations) {
        damaged(pieces.getOrDefault(location.chunk(), List.of()), problem, receiver);
      }
      return;
    }
    reader.read(
        locations,
        new PackReader.Receiver() {
          @Override
          public void chunk(ChunkLocation location, StoredChunk chunk) throws IOException {
            for (Piece piece : pieces.getOrDefault(location.chunk(), List.of())) {
              decode(piece, chunk, receiver);
            }
          }

          @Override
          public void damaged(ChunkLocation location, String problem) throws IOException {
            PackReads.damaged(pieces.getOrDefault(location.chunk(), List.of()), problem, receiver);
          }
        });
  }

  private PackReader reader(PackFile pack) throws IOException {
    PackReader reader = open.get(pack.id());
    if (reader == null) {
      reader = PackReader.open(files, pack);
      if (open.size() == OPEN_MAX) {
        Iterator<PackReader> eldest = open.values().iterator();
        eldest.next().close();
        eldest.remove();
      }
      open.put(pack.id(), reader);
    }
    return reader;
  }

  private static void damaged(List<Piece> pieces, String problem, Receiver receiver)
      throws IOException {
    for (Piece piece : pieces) {
      receiver.damaged(piece, problem);
    }
  }

  private void decode(Piece piece, StoredChunk chunk, Receiver receiver) throws IOException {
    if (piece.chunkOffset() < 0
        || (long) piece.chunkOffset() + piece.length() > chunk.header().plainLength()) {
      receiver.damaged(piece, "chunk " + piece.chunk() + " has fewer bytes than its object says");
      return;
    }
    List<ByteBuf> plain;
    try {
      StoredFrames frames =
          new StoredFrames(
              chunk.header(),
              0,
              chunk.header().frames().size(),
              Unpooled.wrappedBuffer(chunk.body()));
      plain = decoder.decode(frames, piece.chunkOffset(), piece.length());
    } catch (StorageFailure.ChunkDamaged e) {
      receiver.damaged(piece, String.valueOf(e.getMessage()));
      return;
    }
    try {
      long offset = piece.fileOffset();
      for (ByteBuf bytes : plain) {
        int count = bytes.readableBytes();
        receiver.bytes(piece, offset, bytes.nioBuffer());
        offset += count;
      }
    } finally {
      plain.forEach(ByteBuf::release);
    }
  }

  @Override
  public void close() throws IOException {
    for (PackReader reader : open.values()) {
      reader.close();
    }
    open.clear();
  }
}
