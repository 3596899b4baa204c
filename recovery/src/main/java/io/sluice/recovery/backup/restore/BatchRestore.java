package io.sluice.recovery.backup.restore;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.ObjectChunks;
import io.sluice.recovery.backup.format.RowGroup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Restores the objects of one batch. Their pieces are read in rounds, each in the order of the
 * packs; an object is checked and put into its place with its last piece. For one thread, once.
 */
final class BatchRestore implements Pieces.Receiver, PackReads.Receiver {
  private static final int ROUND_PIECES_MAX = 4096;
  private static final long ROUND_BYTES_MAX = 64L << 20;

  private final List<WantedObject> batch;
  private final RestoreDirectory directory;
  private final MetadataLines metadata;
  private final PackReads packs;
  private final RestoreTally tally;
  private final Map<Integer, ObjectFile> open = new HashMap<>();
  private final Set<Integer> failed = new HashSet<>();
  private final List<WantedObject> restored = new ArrayList<>();
  private final List<Piece> round = new ArrayList<>();
  private long roundBytes;

  BatchRestore(
      List<WantedObject> batch,
      RestoreDirectory directory,
      MetadataLines metadata,
      PackReads packs,
      RestoreTally tally) {
    this.batch = batch;
    this.directory = directory;
    this.metadata = metadata;
    this.packs = packs;
    this.tally = tally;
  }

  void run() throws IOException {
    try {
      for (int i = 0; i < batch.size() && !tally.isStopped(); i++) {
        begin(i);
      }
      endRound();
      for (int left : List.copyOf(open.keySet())) {
        fail(left, "not all of its bytes are there");
      }
      note();
    } finally {
      for (ObjectFile file : open.values()) {
        file.close();
      }
    }
  }

  private void begin(int number) throws IOException {
    WantedObject object = batch.get(number);
    String problem = problem(object.row());
    if (!problem.isEmpty()) {
      fail(number, problem);
    } else if (object.size() == 0) {
      write(number, 0, ByteBuffer.allocate(0));
    } else {
      Pieces.forEach(number, object.row(), this);
    }
  }

  /** Why an object can't be restored, as its rows say; empty when it can. */
  static String problem(RowGroup row) {
    boolean encrypted = !row.row().getObject().getManifest().getWhole().getWrappedKey().isEmpty();
    for (int i = 0; i < row.partCount() && !encrypted; i++) {
      encrypted = !row.part(i).getPart().getWrappedKey().isEmpty();
    }
    return encrypted
        ? "is encrypted with a key of its cluster: only a store can read it"
        : ObjectChunks.problem(row);
  }

  @Override
  public void piece(Piece piece) throws IOException {
    round.add(piece);
    roundBytes += piece.length();
    if (round.size() >= ROUND_PIECES_MAX || roundBytes >= ROUND_BYTES_MAX) {
      endRound();
    }
  }

  @Override
  public void inline(int object, long fileOffset, ByteString bytes) throws IOException {
    write(object, fileOffset, bytes.asReadOnlyByteBuffer());
  }

  private void endRound() throws IOException {
    if (!round.isEmpty() && !tally.isStopped()) {
      packs.read(round, this);
    }
    round.clear();
    roundBytes = 0;
  }

  @Override
  public void bytes(Piece piece, long fileOffset, ByteBuffer bytes) throws IOException {
    write(piece.object(), fileOffset, bytes);
  }

  @Override
  public void damaged(Piece piece, String problem) throws IOException {
    fail(piece.object(), problem);
  }

  private void write(int number, long offset, ByteBuffer bytes) throws IOException {
    if (failed.contains(number) || tally.isStopped()) {
      return;
    }
    ObjectFile file = open.get(number);
    if (file == null) {
      file = new ObjectFile(batch.get(number), directory.nextUnfinished());
      open.put(number, file);
    }
    file.write(offset, bytes);
    if (file.isWhole()) {
      finish(number, file);
    }
  }

  private void finish(int number, ObjectFile file) throws IOException {
    WantedObject object = batch.get(number);
    try {
      if (file.finish(directory.place(object.path()))) {
        open.remove(number);
        restored.add(object);
        tally.restored(object);
      } else {
        fail(number, "its bytes are not those that were uploaded");
      }
    } catch (FileSystemException e) {
      fail(number, String.valueOf(e.getMessage()));
    }
  }

  private void fail(int number, String problem) throws IOException {
    ObjectFile file = open.remove(number);
    if (file != null) {
      file.close();
    }
    if (failed.add(number)) {
      tally.failed(batch.get(number).name(), problem);
    }
  }

  private void note() throws IOException {
    Map<String, List<WantedObject>> byBucket = new HashMap<>();
    for (WantedObject object : restored) {
      byBucket.computeIfAbsent(object.path().get(0), none -> new ArrayList<>()).add(object);
    }
    for (Map.Entry<String, List<WantedObject>> bucket : byBucket.entrySet()) {
      metadata.objects(bucket.getKey(), bucket.getValue());
    }
  }
}
