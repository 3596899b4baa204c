package io.sluice.recovery.backup;

/**
 * What a backup holds, in figures.
 *
 * @param rows of the metadata, without those of parts
 * @param objects rows of objects that are there
 * @param removals rows that say that something is not there any more
 * @param objectBytes plain bytes of those objects
 * @param chunks whose records it sent
 * @param chunkBytes bytes of those records
 * @param storedBytes that it wrote to the target, in all its files and packs but set.json
 */
public record SetCounts(
    long rows,
    long objects,
    long removals,
    long objectBytes,
    long chunks,
    long chunkBytes,
    long storedBytes) {}
