package io.sluice.recovery.backup.restore;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.target.s3.S3Objects;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Restores the objects of one batch to an endpoint, which takes the bytes of an object only in
 * their order. Pieces are read in rounds, each in the order of the packs, kept in memory, and then
 * sent in the order of the objects. For one thread, once.
 */
final class BatchUpload implements Pieces.Receiver, PackReads.Receiver {
  private static final long ROUND_BYTES_MAX = 16L << 20;
  private static final int ROUND_STEPS_MAX = 4096;

  private final List<WantedObject> batch;
  private final EndpointPlace place;
  private final PackReads packs;
  private final RestoreTally tally;
  private final List<Step> steps = new ArrayList<>();
  private final Map<Piece, byte[]> bytes = new HashMap<>();
  private final Map<Integer, String> damaged = new HashMap<>();
  private long roundBytes;

  private @Nullable OutgoingObject open;
  private int openNumber = -1;

  /**
   * Some bytes of an object, or that it begins.
   *
   * @param inline null: those of the piece
   */
  private record Step(int object, @Nullable Piece piece, @Nullable ByteString inline) {}

  BatchUpload(List<WantedObject> batch, EndpointPlace place, PackReads packs, RestoreTally tally) {
    this.batch = batch;
    this.place = place;
    this.packs = packs;
    this.tally = tally;
  }

  void run() throws IOException {
    try {
      for (int i = 0; i < batch.size() && !tally.isStopped(); i++) {
        WantedObject object = batch.get(i);
        String problem = BatchRestore.problem(object.row());
        if (problem.isEmpty() && !object.row().key().key().isValidUtf8()) {
          problem = "its key is not UTF-8, so no S3 endpoint takes it";
        }
        if (!problem.isEmpty()) {
          damaged.put(i, problem);
        }
        add(new Step(i, null, ByteString.EMPTY));
        if (problem.isEmpty()) {
          Pieces.forEach(i, object.row(), this);
        }
      }
      endRound();
      if (!tally.isStopped()) {
        end();
      }
    } finally {
      closeOpen();
    }
  }

  private void add(Step step) throws IOException {
    steps.add(step);
    if (steps.size() >= ROUND_STEPS_MAX || roundBytes >= ROUND_BYTES_MAX) {
      endRound();
    }
  }

  @Override
  public void piece(Piece piece) throws IOException {
    bytes.put(piece, new byte[piece.length()]);
    roundBytes += piece.length();
    add(new Step(piece.object(), piece, null));
  }

  @Override
  public void inline(int object, long fileOffset, ByteString content) throws IOException {
    add(new Step(object, null, content));
  }

  private void endRound() throws IOException {
    if (!tally.isStopped() && !bytes.isEmpty()) {
      packs.read(List.copyOf(bytes.keySet()), this);
    }
    for (Step step : steps) {
      if (!tally.isStopped()) {
        send(step);
      }
    }
    steps.clear();
    bytes.clear();
    roundBytes = 0;
  }

  @Override
  public void bytes(Piece piece, long fileOffset, ByteBuffer content) {
    byte[] into = bytes.get(piece);
    if (into != null) {
      content.duplicate().get(into, (int) (fileOffset - piece.fileOffset()), content.remaining());
    }
  }

  @Override
  public void damaged(Piece piece, String problem) {
    damaged.putIfAbsent(piece.object(), problem);
  }

  private void send(Step step) throws IOException {
    if (step.object() != openNumber) {
      end();
      openNumber = step.object();
      open = damaged.containsKey(openNumber) ? null : place.begin(batch.get(openNumber));
    }
    if (damaged.containsKey(openNumber)) {
      closeOpen();
    }
    OutgoingObject object = open;
    if (object == null) {
      return;
    }
    ByteBuffer content =
        step.piece() == null
            ? (step.inline() == null ? ByteString.EMPTY : step.inline()).asReadOnlyByteBuffer()
            : ByteBuffer.wrap(bytes.getOrDefault(step.piece(), new byte[0]));
    try {
      object.write(content);
    } catch (IOException e) {
      refused(e);
    }
  }

  /** Ends the object that is open. */
  private void end() throws IOException {
    if (openNumber < 0) {
      return;
    }
    OutgoingObject object = open;
    if (object != null) {
      try {
        if (object.finish()) {
          tally.restored(batch.get(openNumber));
        } else {
          damaged.put(openNumber, "its bytes are not those that were uploaded");
        }
      } catch (IOException e) {
        refused(e);
      }
      closeOpen();
    }
    String problem = damaged.get(openNumber);
    if (problem != null) {
      tally.failed(batch.get(openNumber).name(), problem);
    }
    openNumber = -1;
  }

  /** What is about this object alone is a reason to go on with the others. */
  private void refused(IOException e) throws IOException {
    if (!S3Objects.isOfOneObject(e)) {
      throw e;
    }
    damaged.put(
        openNumber,
        e instanceof FileAlreadyExistsException exists
            ? String.valueOf(exists.getReason())
            : String.valueOf(e.getMessage()));
  }

  private void closeOpen() throws IOException {
    OutgoingObject object = open;
    open = null;
    if (object != null) {
      object.close();
    }
  }
}
