package io.sluice.app.node;

import io.sluice.metadata.gc.GarbageCollector;
import io.sluice.metadata.gc.GcStatus;
import io.sluice.storage.verticle.ScrubStatus;
import io.sluice.storage.verticle.SegmentStore;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The background jobs of one node, for people: how far they are, and a start by hand. */
public final class NodeJobs {
  private static final Logger LOG = LoggerFactory.getLogger(NodeJobs.class);

  private final GarbageCollector collector;
  private final List<SegmentStore> disks;

  public NodeJobs(GarbageCollector collector, List<SegmentStore> disks) {
    this.collector = collector;
    this.disks = List.copyOf(disks);
  }

  /** What can be asked for. */
  public enum Request {
    GC,
    GC_START,
    GC_CONFIRM_CLOCK,
    SCRUB,
    SCRUB_START
  }

  /** Does it, and tells how the job is. Returns at once; what was started goes on. Any thread. */
  public JsonObject answer(Request request) {
    return switch (request) {
      case GC -> gc();
      case GC_START -> {
        collector
            .runNow()
            .subscribe()
            .with(status -> {}, failure -> LOG.error("garbage collection failed", failure));
        yield gc();
      }
      case GC_CONFIRM_CLOCK -> {
        collector.confirmClock();
        yield gc();
      }
      case SCRUB -> scrub();
      case SCRUB_START -> {
        disks.forEach(SegmentStore::scrub);
        yield scrub();
      }
    };
  }

  private JsonObject gc() {
    GcStatus status = collector.status();
    return new JsonObject()
        .put("running", status.running())
        .put("phase", status.phase())
        .put("started", text(status.started()))
        .put("finished", text(status.finished()))
        .put("clockSuspect", status.clockSuspect())
        .put("chunksListed", status.chunksListed())
        .put("garbageChunks", status.garbageChunks())
        .put("orphanChunks", status.orphanChunks())
        .put("itemsForgotten", status.itemsForgotten())
        .put("bucketsResolved", status.bucketsResolved())
        .put("changesTrimmed", status.changesTrimmed())
        .put("historyReleased", status.historyReleased())
        .put("lastFailure", status.lastFailure());
  }

  private JsonObject scrub() {
    JsonArray shown = new JsonArray();
    for (SegmentStore disk : disks) {
      ScrubStatus status = disk.scrubStatus();
      shown.add(
          new JsonObject()
              .put("disk", disk.id())
              .put("running", status.running())
              .put("progress", status.progress())
              .put("chunksChecked", status.chunksChecked())
              .put("damagedChunks", status.damagedChunks())
              .put("lastCompleted", text(status.lastCompleted())));
    }
    return new JsonObject().put("disks", shown);
  }

  private static @Nullable String text(@Nullable Instant time) {
    return time == null ? null : time.toString();
  }
}
