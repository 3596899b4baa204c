package io.sluice.recovery.backup.restore;

/**
 * What a restore would do.
 *
 * @param buckets that are in the backup and were asked for
 * @param objects in them
 * @param bytes of those
 */
public record FileRestorePlan(long buckets, long objects, long bytes) {}
