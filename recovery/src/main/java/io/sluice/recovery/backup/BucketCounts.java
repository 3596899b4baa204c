package io.sluice.recovery.backup;

/**
 * What a set has of a bucket. Of a full set it is what the bucket held; of another one what changed
 * in it.
 *
 * @param id of the bucket, which no other ever has
 * @param name empty: its own row is not in the set
 * @param objects rows of objects that are there
 * @param removals rows of objects that are not there any more
 * @param objectBytes plain bytes of those objects
 */
public record BucketCounts(long id, String name, long objects, long removals, long objectBytes) {}
