package io.sluice.recovery.mirror;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.recovery.backup.restore.OutgoingObject;
import io.sluice.recovery.backup.restore.Piece;
import io.sluice.recovery.backup.restore.Pieces;
import io.sluice.recovery.backup.target.s3.RemoteObject;
import io.sluice.s3.http.ReplicaMark;
import io.sluice.storage.Pace;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.chunk.codec.FrameDecoder;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectVersion;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes one object there what it is here now. It always looks at what there is at that moment, so
 * it may be done again, and for one key, one after the other, the last one leaves the newest.
 * Blocks; any thread.
 */
final class ObjectMirror {
  private static final Duration CHUNK_LIMIT = Duration.ofMinutes(1);
  private static final Duration PACE_LIMIT = Duration.ofHours(1);

  /** Of a deletion, with a look before each; then all of it waits. */
  private static final int DELETES_MAX = 3;

  /** What is known of an object there. */
  enum There {
    /** Nothing, or something else. */
    UNKNOWN,
    /** Something, which may be what is here. */
    PERHAPS_THE_SAME,
    /** Something that is not here. */
    EXTRA
  }

  private final MirrorSource source;
  private final MirrorPlace place;
  private final ChunkStore chunks;
  private final FrameDecoder decoder;
  private final Origin origin;
  private final @Nullable Pace pace;
  private final MirrorJournal journal;
  private final boolean delaysDeletes;
  private final Right right;

  /** Whether this run may still change what is there. */
  @FunctionalInterface
  interface Right {
    /**
     * Looks.
     *
     * @throws IOException when another run may have begun
     */
    void require() throws IOException;
  }

  /**
   * @param pace of bytes; null: as fast as it goes
   * @param delaysDeletes whether what is not here is left there for now
   */
  ObjectMirror(
      MirrorSource source,
      MirrorPlace place,
      ChunkStore chunks,
      FrameDecoder decoder,
      Origin origin,
      @Nullable Pace pace,
      MirrorJournal journal,
      boolean delaysDeletes,
      Right right) {
    this.source = source;
    this.place = place;
    this.chunks = chunks;
    this.decoder = decoder;
    this.origin = origin;
    this.pace = pace;
    this.journal = journal;
    this.delaysDeletes = delaysDeletes;
    this.right = right;
  }

  /**
   * Makes it equal.
   *
   * @throws ObjectProblemException when the object can't be read
   * @throws IOException when the endpoint did not do it
   */
  void mirror(ByteString keyBytes, There there) throws IOException {
    String key = keyBytes.toStringUtf8();
    RowGroup row = source.find(keyBytes);
    if (row == null) {
      delete(key, there);
      return;
    }
    ObjectVersion object = row.row().getObject().getObject();
    if (!source.scope().covers(key, object.getVersion())) {
      return;
    }
    if (place.mayMirrorBack() && Origin.isReplica(object, key)) {
      journal.change(progress -> progress.setReplicas(progress.getReplicas() + 1));
      return;
    }
    String problem = OutgoingObject.problem(row);
    if (!problem.isEmpty()) {
      throw new ObjectProblemException(problem, null);
    }
    String said = origin.of(object, place.wholeKey(key));
    if (there == There.PERHAPS_THE_SAME) {
      RemoteObject found = place.find(key);
      if (found != null && isYoungerThere(key, found, object)) {
        left();
        return;
      }
      // Of the same bytes, too, as far as that is known: a client may have kept the note.
      if (found != null && found.note().equals(said) && origin.isOwn(found, place.wholeKey(key))) {
        return;
      }
    }
    send(key, row, said);
    journal.change(
        progress ->
            progress
                .setObjects(progress.getObjects() + 1)
                .setBytes(progress.getBytes() + object.getSize()));
  }

  /**
   * Whether a client stored it there after it was stored here. A replication's comparison doesn't
   * know which side's write the clients saw last, and where the other side replicates to here, that
   * one's is a write that it could not send yet: so the younger one stays, by the clocks of both
   * sides. A mirror's place is what its bucket is.
   */
  private boolean isYoungerThere(String key, RemoteObject found, ObjectVersion object) {
    return source.isReplication()
        && !ReplicaMark.isOf(found.note(), place.wholeKey(key), found.size(), found.md5())
        && found.lastModified().isAfter(Instant.ofEpochMilli(object.getLastModifiedMs()));
  }

  /**
   * Only what came from here goes. Where two buckets mirror each other, an object may be missing
   * here because the other mirror deleted it, and may have been stored there anew since.
   *
   * <p>A replication's comparison deletes nothing: whether the rules that there were when it was
   * deleted here had it kept there, nobody knows any more.
   */
  private void delete(String key, There there) throws IOException {
    boolean isExtra = there == There.EXTRA;
    if (!source.scope().sendsDeletions(key) || (delaysDeletes && !isExtra)) {
      return;
    }
    if (isExtra && (delaysDeletes || source.isReplication())) {
      left();
      return;
    }
    deleteIf(key, found -> true, this::left);
  }

  private void left() {
    journal.change(progress -> progress.setLeft(progress.getLeft() + 1));
  }

  /**
   * Deletes what is there, if it came from here. What it looked at is what it deletes: an attempt
   * that comes late finds another object there, or is not made without another look.
   *
   * @param isLeft told when it stays, because it came from elsewhere
   */
  private void deleteIf(String key, Predicate<RemoteObject> wanted, Runnable isLeft)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      RemoteObject found = place.find(key);
      if (found == null || !wanted.test(found)) {
        return;
      }
      if (!origin.isOwn(found, place.wholeKey(key))) {
        isLeft.run();
        return;
      }
      right.require();
      try {
        if (place.delete(key, found)) {
          journal.change(progress -> progress.setDeletes(progress.getDeletes() + 1));
          return;
        }
      } catch (IOException e) {
        if (attempt == DELETES_MAX || !place.isTransient(e)) {
          throw e;
        }
        continue;
      }
      if (attempt == DELETES_MAX) {
        throw new ObjectProblemException("is replaced there again and again", null);
      }
    }
  }

  /**
   * Deletes what is not here any more, unless it was stored there after a time: then it was here
   * again meanwhile, and has another deletion to come. Where what it says of itself is no younger
   * than that, the endpoint's clock is ahead, or it arrived late: nobody will delete it.
   *
   * @param upTo the deletions up to there are due
   */
  void deleteStoredBefore(ByteString keyBytes, Instant time, LogPosition upTo) throws IOException {
    String key = keyBytes.toStringUtf8();
    if (source.find(keyBytes) != null) {
      return;
    }
    Predicate<RemoteObject> isDue =
        found -> {
          boolean isYounger = found.lastModified().isAfter(time);
          if (isYounger && origin.isOfVersionUpTo(found, upTo)) {
            left();
          }
          return !isYounger;
        };
    deleteIf(key, isDue, () -> {});
  }

  private void send(String key, RowGroup row, String said) throws IOException {
    ObjectVersion object = row.row().getObject().getObject();
    try (OutgoingObject out = new OutgoingObject(place.create(key, object, said), row)) {
      Pieces.forEach(
          0,
          row,
          new Pieces.Receiver() {
            @Override
            public void piece(Piece piece) throws IOException {
              copy(piece, out);
            }

            @Override
            public void inline(int object, long fileOffset, ByteString bytes) throws IOException {
              take(bytes.size());
              out.write(bytes.asReadOnlyByteBuffer());
            }
          });
      right.require();
      if (!out.finish()) {
        throw new ObjectProblemException("its bytes are not those that were uploaded", null);
      }
    }
  }

  private void copy(Piece piece, OutgoingObject out) throws IOException {
    take(piece.length());
    List<ByteBuf> plain;
    try {
      plain = decoder.decode(read(piece.chunk()), piece.chunkOffset(), piece.length());
    } catch (StorageFailure e) {
      throw new ObjectProblemException("can't be read: " + e.getMessage(), e);
    }
    try {
      for (ByteBuf bytes : plain) {
        for (ByteBuffer buffer : bytes.nioBuffers()) {
          out.write(buffer);
        }
      }
    } finally {
      plain.forEach(ByteBuf::release);
    }
  }

  private StoredFrames read(ChunkId chunk) throws IOException {
    CompletableFuture<StoredFrames> reading =
        chunks.read(chunk, 0, ChunkRecord.FRAMES_MAX).toCompletionStage().toCompletableFuture();
    try {
      return Waiting.get(reading, CHUNK_LIMIT);
    } catch (InterruptedIOException e) {
      releaseLate(reading);
      throw e;
    } catch (IOException e) {
      releaseLate(reading);
      throw new ObjectProblemException("can't be read: " + e.getMessage(), e);
    }
  }

  /** It may come yet, and nobody will be there to give its memory back. */
  private static void releaseLate(CompletableFuture<StoredFrames> reading) {
    CompletableFuture<Void> unused = reading.thenAccept(late -> late.stored().release());
  }

  private void take(long bytes) throws IOException {
    if (pace != null) {
      Waiting.get(pace.take(bytes), PACE_LIMIT);
    }
  }
}
