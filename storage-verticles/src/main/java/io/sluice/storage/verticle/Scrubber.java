package io.sluice.storage.verticle;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.verticle.index.ChunkIndex;
import io.sluice.storage.verticle.index.IndexEntry.Stored;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads every chunk of the disk and checks it, in small steps, in the order of ids. Where it is is
 * kept in the index, so that a restart goes on there.
 *
 * <p>Steps run on the background thread; {@link #status} may be called on any.
 */
final class Scrubber {
  private static final String FACT_POSITION = "scrub-position";
  private static final String FACT_COMPLETED = "scrub-completed";
  private static final int STEP_BYTES = 4 << 20;
  private static final int STEP_CHUNKS = 256;
  private static final int PARTITIONS = 256;

  private final ChunkIndex index;
  private final ReadTask reads;
  private final StoreMetrics metrics;
  private final Clock clock;
  private volatile ScrubStatus status;
  private @Nullable ChunkId position;
  private long checked;
  private long damaged;

  Scrubber(ChunkIndex index, ReadTask reads, StoreMetrics metrics, Clock clock) throws IOException {
    this.index = index;
    this.reads = reads;
    this.metrics = metrics;
    this.clock = clock;
    byte[] at = index.fact(FACT_POSITION);
    this.position =
        at == null || at.length < ChunkId.LENGTH ? null : ChunkId.read(ByteBuffer.wrap(at));
    byte[] completed = index.fact(FACT_COMPLETED);
    Instant last =
        completed == null ? null : Instant.ofEpochMilli(ByteBuffer.wrap(completed).getLong());
    this.status = new ScrubStatus(position != null, progress(position), 0, 0, last);
  }

  ScrubStatus status() {
    return status;
  }

  /** Whether a pass was begun and not ended, perhaps before a restart. */
  boolean isUnderWay() {
    return position != null;
  }

  /** Begins a pass, unless one is under way. */
  void begin() {
    if (position == null) {
      position = new ChunkId(0, 0);
      checked = 0;
      damaged = 0;
      report(true);
    }
  }

  /**
   * Checks some chunks.
   *
   * @return bytes read
   */
  long step() throws IOException {
    ChunkId from = position;
    if (from == null) {
      return 0;
    }
    List<ChunkId> ids = new ArrayList<>();
    List<Stored> places = new ArrayList<>();
    long[] bytes = new long[1];
    index.visit(
        from,
        null,
        (id, entry) -> {
          if (entry instanceof Stored place) {
            ids.add(id);
            places.add(place);
            bytes[0] += place.recordLength();
          }
          return bytes[0] < STEP_BYTES && ids.size() < STEP_CHUNKS;
        });
    for (int i = 0; i < ids.size(); i++) {
      check(ids.get(i), places.get(i));
    }
    metrics.scrubbedBytes.increment((double) bytes[0]);
    if (bytes[0] < STEP_BYTES && ids.size() < STEP_CHUNKS) {
      complete();
    } else {
      advance(next(ids.get(ids.size() - 1)));
    }
    return bytes[0];
  }

  private void check(ChunkId id, Stored place) throws IOException {
    checked++;
    if (place.damaged()) {
      damaged++;
      return;
    }
    try {
      reads.read(id, 0, ChunkRecord.FRAMES_MAX).stored().release();
    } catch (StorageFailure.ChunkDamaged e) {
      damaged++;
    } catch (StorageFailure.ChunkNotFound e) {
      checked--; // deleted meanwhile
    }
  }

  private static ChunkId next(ChunkId id) {
    return id.low() == -1 ? new ChunkId(id.high() + 1, 0) : new ChunkId(id.high(), id.low() + 1);
  }

  private void advance(ChunkId to) throws IOException {
    position = to;
    index.update(update -> update.putFact(FACT_POSITION, to.toBytes()));
    report(true);
  }

  private void complete() throws IOException {
    long now = clock.millis();
    position = null;
    index.update(
        update -> {
          update.putFact(FACT_POSITION, new byte[0]);
          update.putFact(FACT_COMPLETED, ByteBuffer.allocate(8).putLong(now).array());
        });
    status = new ScrubStatus(false, 1, checked, damaged, Instant.ofEpochMilli(now));
  }

  private void report(boolean running) {
    status = new ScrubStatus(running, progress(position), checked, damaged, status.lastCompleted());
  }

  private static double progress(@Nullable ChunkId at) {
    return at == null ? 1 : Math.min(1, at.partition() / (double) PARTITIONS);
  }
}
