package io.sluice.storage.verticle;

import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends records to the newest segment of its own, and begins another when that is full.
 *
 * <p>After a failed write or fsync nothing is known of what the disk has, and a second fsync may
 * report success for pages that were dropped. So the segment is abandoned at once, never written
 * again, and what had not been acknowledged goes to a new one (INVARIANTS 9).
 *
 * <p>Used by one thread.
 */
final class SegmentWriter {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentWriter.class);

  private final SegmentSet segments;
  private final int segmentBytes;
  private final Timer fsyncs;
  private final LongSupplier nanoTime;
  private final List<Segment> finished = new ArrayList<>();
  private @Nullable Segment active;
  private boolean dirty;
  private boolean acknowledgedUnsynced;
  private long durableEnd;

  /**
   * @param active the segment to go on with, or null to begin a new one with the first record
   * @param fsyncs where the time of each fsync is recorded
   */
  SegmentWriter(
      SegmentSet segments,
      int segmentBytes,
      @Nullable Segment active,
      Timer fsyncs,
      LongSupplier nanoTime) {
    this.segments = segments;
    this.segmentBytes = segmentBytes;
    this.active = active;
    this.fsyncs = fsyncs;
    this.nanoTime = nanoTime;
    this.durableEnd = active == null ? 0 : active.end();
  }

  /**
   * Writes records one after another, and sets where they lie.
   *
   * @param durable whether to return only after an fsync
   * @throws IOException when a new segment could not take them either; none that is not {@link
   *     OutgoingRecord#isDone} may be acknowledged
   */
  void append(List<OutgoingRecord> records, boolean durable) throws IOException {
    try {
      write(records, durable);
    } catch (IOException first) {
      abandonActive(records, first);
      List<OutgoingRecord> rest = records.stream().filter(record -> !record.isDone()).toList();
      try {
        write(rest, durable);
      } catch (IOException second) {
        abandonActive(rest, second);
        second.addSuppressed(first);
        throw second;
      }
    }
  }

  private void write(List<OutgoingRecord> records, boolean durable) throws IOException {
    int written = 0;
    int notDurable = 0;
    Segment target = activeOrNew();
    long at = target.end();
    for (int i = 0; i < records.size(); i++) {
      OutgoingRecord record = records.get(i);
      if (at + record.length() > segmentBytes && at > SegmentHeader.LENGTH) {
        writeRun(target, records.subList(written, i), at);
        written = i;
        sealActive();
        markDone(records.subList(notDurable, i));
        notDurable = i;
        target = activeOrNew();
        at = target.end();
      }
      record.place(target, at);
      at += record.length();
    }
    writeRun(target, records.subList(written, records.size()), at);
    if (durable) {
      sync();
    }
    acknowledgedUnsynced |= !durable;
    markDone(records.subList(notDurable, records.size()));
  }

  private static void markDone(List<OutgoingRecord> records) {
    records.forEach(OutgoingRecord::done);
  }

  private void writeRun(Segment target, List<OutgoingRecord> run, long end) throws IOException {
    if (run.isEmpty()) {
      return;
    }
    List<ByteBuffer> parts = new ArrayList<>(run.size());
    for (OutgoingRecord record : run) {
      parts.addAll(Arrays.asList(record.bytes().nioBuffers()));
    }
    dirty = true;
    target.file().write(parts.toArray(ByteBuffer[]::new), target.end());
    target.end(end);
  }

  private Segment activeOrNew() throws IOException {
    Segment now = active;
    if (now == null) {
      now = segments.create();
      active = now;
      durableEnd = now.end();
    }
    return now;
  }

  /** Makes durable what was written; a failure leaves the segment to {@link #abandon}. */
  void sync() throws IOException {
    Segment now = active;
    if (now == null || !dirty) {
      return;
    }
    long begin = nanoTime.getAsLong();
    now.file().force();
    fsyncs.record(nanoTime.getAsLong() - begin, TimeUnit.NANOSECONDS);
    dirty = false;
    acknowledgedUnsynced = false;
    durableEnd = now.end();
  }

  /** Where in its segment everything is durable. */
  long durableEnd() {
    return durableEnd;
  }

  /** Whether something was written that no fsync covers yet. */
  boolean isDirty() {
    return dirty;
  }

  /** The segment being written, or null. */
  @Nullable Segment active() {
    return active;
  }

  /** Ends the segment in good order; does nothing when there is none. */
  void sealActive() throws IOException {
    Segment now = active;
    if (now == null) {
      return;
    }
    dirty = true;
    now.file().write(new ByteBuffer[] {SegmentTrailer.encode(now.number(), now.end())}, now.end());
    sync();
    finish(now);
  }

  /** Gives the segment up after a failure; its records that are acknowledged stay readable. */
  void abandon(IOException reason) {
    abandonActive(List.of(), reason);
  }

  private void abandonActive(List<OutgoingRecord> records, IOException reason) {
    Segment now = active;
    if (now == null) {
      return;
    }
    LOG.error("{} failed and takes no more writes", now.path(), reason);
    for (OutgoingRecord record : records) {
      if (!record.isDone() && record.isPlacedIn(now)) {
        record.leaveBehindIn(now);
      }
    }
    if (!acknowledgedUnsynced) {
      cutBack(now);
    }
    finish(now);
  }

  /**
   * What was not acknowledged may be readable from memory and yet not be on the disk: after a
   * restart it must not pass for a good copy.
   */
  private void cutBack(Segment segment) {
    segment.end(durableEnd);
    try {
      segment.file().truncate(durableEnd);
    } catch (IOException e) {
      LOG.warn("{} could not be cut back to {} bytes", segment.path(), durableEnd, e);
    }
  }

  private void finish(Segment segment) {
    try {
      segment.file().endWrites();
    } catch (IOException e) {
      LOG.warn("{} could not be closed for writes", segment.path(), e);
    }
    segment.seal();
    finished.add(segment);
    active = null;
    dirty = false;
    acknowledgedUnsynced = false;
  }

  /** The segments that were ended since the last call; the index is to be told. */
  List<Segment> takeFinished() {
    List<Segment> taken = List.copyOf(finished);
    finished.clear();
    return taken;
  }
}
