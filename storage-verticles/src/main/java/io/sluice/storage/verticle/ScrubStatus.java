package io.sluice.storage.verticle;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How the scrubber of a disk stands.
 *
 * @param running whether a pass is under way
 * @param progress of this pass: 0 to 1, by chunk id
 * @param chunksChecked in this pass, or the last one when none is under way
 * @param damagedChunks that are on the disk and known to be damaged, found by anyone
 * @param lastCompleted when a whole pass last ended; null when none ever did
 */
public record ScrubStatus(
    boolean running,
    double progress,
    long chunksChecked,
    long damagedChunks,
    @Nullable Instant lastCompleted) {}
