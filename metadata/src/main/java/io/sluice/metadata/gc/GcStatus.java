package io.sluice.metadata.gc;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How garbage collection stands; counts are since this process started.
 *
 * @param running whether a run is under way
 * @param phase what it does, for people
 * @param started when the last run began; null before the first
 * @param finished when the last run ended; null before the first has
 * @param clockSuspect whether work that goes by age waits, because the wall clock jumped, or went
 *     on far while the server did not run
 * @param chunksListed chunks that were looked at in search of orphans
 * @param garbageChunks chunks deleted because what named them is gone
 * @param orphanChunks chunks deleted because nothing ever named them
 * @param itemsForgotten replaced or deleted objects and parts that are done with
 * @param bucketsResolved half-done deletions of buckets that were ended
 * @param changesTrimmed entries that were dropped from change indexes
 * @param historyReleased rows of objects and buckets that left the history
 * @param lastFailure why the last run stopped early; null when it did not
 */
public record GcStatus(
    boolean running,
    String phase,
    @Nullable Instant started,
    @Nullable Instant finished,
    boolean clockSuspect,
    long chunksListed,
    long garbageChunks,
    long orphanChunks,
    long itemsForgotten,
    long bucketsResolved,
    long changesTrimmed,
    long historyReleased,
    @Nullable String lastFailure) {}
