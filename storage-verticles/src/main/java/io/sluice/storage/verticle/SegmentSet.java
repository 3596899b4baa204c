package io.sluice.storage.verticle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The segments of a disk that are open. Safe on any thread. */
final class SegmentSet {
  private final FileLayer files;
  private final Path directory;
  private final UUID clusterId;
  private final UUID diskId;
  private final ConcurrentSkipListMap<Long, Segment> segments = new ConcurrentSkipListMap<>();
  private final Set<Long> doomed = ConcurrentHashMap.newKeySet();
  private final AtomicLong lastNumber = new AtomicLong();

  SegmentSet(FileLayer files, Path directory, UUID clusterId, UUID diskId) {
    this.files = files;
    this.directory = directory;
    this.clusterId = clusterId;
    this.diskId = diskId;
  }

  /** The cluster whose records belong here. */
  UUID clusterId() {
    return clusterId;
  }

  UUID diskId() {
    return diskId;
  }

  Path directory() {
    return directory;
  }

  /** Adds a segment that was found on the disk. */
  void add(Segment segment) {
    segments.put(segment.number(), segment);
    noteNumber(segment.number());
  }

  /** A number that was used once is never used again. */
  void noteNumber(long number) {
    lastNumber.accumulateAndGet(number, Math::max);
  }

  /**
   * Makes the next segment, with its header; the file and its name in the directory are durable.
   */
  Segment create() throws IOException {
    long number = lastNumber.incrementAndGet();
    Path path = directory.resolve(Segment.fileName(number));
    SegmentFile file = files.create(path);
    try {
      ByteBuffer header = new SegmentHeader(clusterId, diskId, number).encode();
      file.write(new ByteBuffer[] {header}, 0);
      file.force();
      files.syncDirectory(directory);
    } catch (IOException | RuntimeException e) {
      discard(path, file, e);
      throw e;
    }
    Segment segment = new Segment(number, path, file, SegmentHeader.LENGTH, false);
    segments.put(number, segment);
    return segment;
  }

  private void discard(Path path, SegmentFile file, Exception reason) {
    try {
      file.close();
      files.delete(path);
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  /** The segment with a lease on it, to be released; null when it is gone. */
  @Nullable Segment acquire(long number) {
    Segment segment = segments.get(number);
    return segment != null && segment.acquire() ? segment : null;
  }

  boolean contains(long number) {
    return segments.containsKey(number);
  }

  /** Whether the file may still be on the disk, in use or not. */
  boolean mayExist(long number) {
    return segments.containsKey(number) || doomed.contains(number);
  }

  List<Segment> all() {
    return List.copyOf(segments.values());
  }

  int size() {
    return segments.size();
  }

  /** Takes a segment out of use; {@code afterDeletion} runs when its file is gone. */
  void remove(Segment segment, DeletionListener afterDeletion) {
    doomed.add(segment.number());
    if (segments.remove(segment.number(), segment)) {
      segment.whenUnused(
          () -> {
            try {
              files.delete(segment.path());
              files.syncDirectory(directory);
              doomed.remove(segment.number());
              afterDeletion.deleted(segment.number(), null);
            } catch (IOException e) {
              afterDeletion.deleted(segment.number(), e);
            }
          });
      segment.release();
    }
  }

  /** Told when the file of a removed segment is gone, or could not be deleted. */
  interface DeletionListener {
    void deleted(long number, @Nullable IOException failure);
  }

  /** Ends the store's own use of every segment. */
  void close() {
    for (Segment segment : segments.values()) {
      if (segments.remove(segment.number(), segment)) {
        segment.release();
      }
    }
  }
}
