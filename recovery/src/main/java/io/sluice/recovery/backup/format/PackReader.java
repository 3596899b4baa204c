package io.sluice.recovery.backup.format;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.BackupInput;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkRecord.MalformedRecordException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads records of one pack, in large ranges. Every record is checked before it is given. Blocks;
 * for one thread at a time.
 */
public final class PackReader implements Closeable {
  /** Read at once, at most, unless one record is larger. */
  private static final int RANGE_MAX = 8 << 20;

  /** Bytes that are read for nothing rather than with another request. */
  private static final int HOLE_MAX = 128 << 10;

  /** Takes records as they come. */
  public interface Receiver {
    /** A record that was found right; its bytes are valid until this returns. */
    void chunk(ChunkLocation location, StoredChunk chunk) throws IOException;

    /** A record that is not what should be there. */
    void damaged(ChunkLocation location, String problem) throws IOException;
  }

  private final PackFile pack;
  private final int mark;
  private final FileIdentity identity;
  private final BackupInput input;
  private byte[] buffer = new byte[0];

  private PackReader(PackFile pack, FileIdentity identity, BackupInput input) {
    this.pack = pack;
    this.identity = identity;
    this.mark = identity.mark();
    this.input = input;
  }

  public static PackReader open(BackupFiles files, PackFile pack) throws IOException {
    return of(files, pack, files.open(pack.id().file()));
  }

  /** Reads a pack that was opened; closing the reader closes it. */
  public static PackReader of(BackupFiles files, PackFile pack, BackupInput input) {
    FileIdentity identity = new FileIdentity(PackWriter.MAGIC, files.clusterId(), pack.id().file());
    return new PackReader(pack, identity, input);
  }

  /**
   * What is in the pack, in its order, as its index says.
   *
   * @throws DamagedFileException when the head or the index can't be read, or is another pack's
   */
  public List<ChunkLocation> index() throws IOException {
    identity.check(input.read(0, (int) Math.min(FileIdentity.LENGTH, input.size())));
    if (input.size() < FileIdentity.LENGTH + PackWriter.END) {
      throw damaged("is cut off");
    }
    ByteBuffer end = input.read(input.size() - PackWriter.END, PackWriter.END);
    if (end.getInt(0) != PackWriter.END_MAGIC
        || end.getInt(20) != ChunkRecord.crc32c(end, 0, PackWriter.END - 4)) {
      throw damaged("its end is damaged or missing");
    }
    if (end.getInt(4) != mark) {
      throw damaged("is another pack");
    }
    int indexAt = end.getInt(8);
    long length = (long) end.getInt(12) * PackWriter.ENTRY;
    if (indexAt < 0 || indexAt + length != input.size() - PackWriter.END) {
      throw damaged("is cut off, or longer than it was");
    }
    ByteBuffer index = input.read(indexAt, (int) length);
    if (end.getInt(16) != ChunkRecord.crc32c(index, 0, (int) length)) {
      throw damaged("its index does not match its CRC32C");
    }
    List<ChunkLocation> entries = new ArrayList<>();
    while (index.hasRemaining()) {
      entries.add(new ChunkLocation(ChunkId.read(index), pack, index.getInt(), index.getInt()));
    }
    return entries;
  }

  /**
   * Reads records, with as few reads as are sensible.
   *
   * @param wanted of this pack, by offset
   */
  public void read(List<ChunkLocation> wanted, Receiver receiver) throws IOException {
    int first = 0;
    while (first < wanted.size()) {
      int from = wanted.get(first).offset();
      int to = end(wanted.get(first));
      int next = first + 1;
      while (next < wanted.size()
          && wanted.get(next).offset() - to <= HOLE_MAX
          && end(wanted.get(next)) - from <= RANGE_MAX) {
        to = Math.max(to, end(wanted.get(next)));
        next++;
      }
      read(wanted.subList(first, next), from, to, receiver);
      first = next;
    }
  }

  private static int end(ChunkLocation location) {
    return location.offset() + location.length();
  }

  private void read(List<ChunkLocation> wanted, int from, int to, Receiver receiver)
      throws IOException {
    ByteBuffer range;
    try {
      range = readRange(from, to);
    } catch (DamagedFileException e) {
      if (wanted.size() == 1) {
        receiver.damaged(wanted.get(0), String.valueOf(e.getMessage()));
        return;
      }
      // Those that are damaged must not take the others with them.
      for (ChunkLocation one : wanted) {
        read(List.of(one), one.offset(), end(one), receiver);
      }
      return;
    }
    for (ChunkLocation location : wanted) {
      give(location, range.slice(location.offset() - from, location.length()), receiver);
    }
  }

  private ByteBuffer readRange(int from, int to) throws IOException {
    if (from < 0 || to < from) {
      throw damaged("has no bytes from " + from + " to " + to);
    }
    if (buffer.length < to - from) {
      buffer = new byte[Math.max(to - from, Math.min(RANGE_MAX, (int) input.size()))];
    }
    ByteBuffer range = ByteBuffer.wrap(buffer, 0, to - from);
    input.read(from, range);
    return range.flip();
  }

  private void give(ChunkLocation location, ByteBuffer record, Receiver receiver)
      throws IOException {
    StoredChunk chunk;
    try {
      chunk = StoredChunk.check(record);
    } catch (MalformedRecordException e) {
      receiver.damaged(
          location, input.name() + ": chunk " + location.chunk() + ": " + e.getMessage());
      return;
    }
    if (!chunk.header().id().equals(location.chunk())) {
      receiver.damaged(
          location,
          "%s: chunk %s: %s is in its place"
              .formatted(input.name(), location.chunk(), chunk.header().id()));
      return;
    }
    receiver.chunk(location, chunk);
  }

  private DamagedFileException damaged(String what) {
    return new DamagedFileException(input.name(), what);
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
