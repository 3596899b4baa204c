package io.sluice.storage.verticle;

/**
 * What opening a disk found.
 *
 * @param recordsRead records behind the index's last checkpoint, read again
 * @param damagedRecords records or stretches that can't be read; other replicas have these chunks
 * @param tailBytesCut of a write that was never acknowledged
 * @param missingSegments that the index knows and the disk has not
 * @param indexRebuilt whether the index was lost, and made again from the segments
 */
public record RecoveryReport(
    long recordsRead,
    long damagedRecords,
    long tailBytesCut,
    int missingSegments,
    boolean indexRebuilt) {}
