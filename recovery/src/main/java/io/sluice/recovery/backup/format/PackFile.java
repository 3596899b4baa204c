package io.sluice.recovery.backup.format;

/**
 * A pack as it is in the target.
 *
 * @param size stored bytes
 * @param sha256 of the stored bytes, 64 lower-case hex digits
 */
public record PackFile(PackId id, long size, String sha256) {}
