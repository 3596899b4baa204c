package io.sluice.recovery.backup.file;

/**
 * A file that was written, as whoever names it later can check it.
 *
 * @param name below the cluster's folder
 * @param size stored bytes
 * @param sha256 of the stored bytes, 64 lower-case hex digits
 */
public record FileEntry(String name, long size, String sha256) {}
