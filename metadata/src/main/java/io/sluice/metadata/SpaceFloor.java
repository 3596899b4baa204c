package io.sluice.metadata;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.RefusalCode;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses what adds to the metadata while too little is free on its disk: a Raft log or a RocksDB
 * that hits the end of a disk can only stop. Reads go on, and so does what is needed to make room
 * again, deletions above all; for that, and for elections and flushes, the rest is kept.
 *
 * <p>It looks once a second, on a thread of its own; commands are taken again by themselves when
 * there is a quarter more than the floor.
 */
final class SpaceFloor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpaceFloor.class);
  private static final long LOOK_MS = 1_000;

  private final LongSupplier freeBytes;
  private final long floorBytes;
  private final ScheduledThreadPoolExecutor looker;
  private volatile long free;
  private volatile boolean full;

  /**
   * @param freeBytes what may still be written to the disk of the metadata; may block
   * @param floorBytes what is to stay free; 0 for nothing
   */
  SpaceFloor(LongSupplier freeBytes, long floorBytes, MeterRegistry meters) {
    this.freeBytes = freeBytes;
    this.floorBytes = floorBytes;
    this.looker =
        new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("sluice-metadata-space", true));
    look();
    var unused = looker.scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
    Gauge.builder("sluice.metadata.free.bytes", this, floor -> floor.free)
        .description("Bytes free where the metadata lies")
        .register(meters);
    Gauge.builder("sluice.metadata.full", this, floor -> floor.full ? 1 : 0)
        .description("1 while what adds to the metadata is refused for want of space")
        .register(meters);
  }

  /** Looks now. */
  void look() {
    free = freeBytes.getAsLong();
    if (!full && free < floorBytes) {
      full = true;
      LOG.error(
          "only {} bytes are free for the metadata, {} are kept: nothing new is taken until there"
              + " is room",
          free,
          floorBytes);
    } else if (full && free >= floorBytes + floorBytes / 4) {
      full = false;
      LOG.info("{} bytes are free for the metadata: new objects are taken again", free);
    }
  }

  /** What was free when it last looked, in bytes. */
  long free() {
    return free;
  }

  /** Whether that is too little. */
  boolean isFull() {
    return full;
  }

  /**
   * Why a command is not taken now; null when it is.
   *
   * @return a refusal that says that no log had it
   */
  StorageFailure.@Nullable Refused refusal(Command command) {
    return full && adds(command)
        ? StorageFailure.Refused.of(
            RefusalCode.NO_SPACE,
            "The disk that holds the metadata is full: only deletions are taken until there is"
                + " room.")
        : null;
  }

  private static boolean adds(Command command) {
    return switch (command.getBodyCase()) {
      case CREATE_BUCKET,
          PUT_ACCOUNT,
          PUT_OBJECT,
          COPY_OBJECT,
          CREATE_UPLOAD,
          PUT_PART,
          COMPLETE_UPLOAD,
          RESTORE_COPY ->
          true;
      default -> false;
    };
  }

  @Override
  public void close() {
    looker.shutdownNow();
  }
}
