package io.sluice.recovery.backup.target;

/**
 * A file as a listing shows it.
 *
 * @param name from the target's root
 * @param size stored bytes
 */
public record FileStatus(String name, long size) {}
