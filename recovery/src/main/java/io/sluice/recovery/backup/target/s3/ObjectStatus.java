package io.sluice.recovery.backup.target.s3;

import org.jspecify.annotations.Nullable;

/**
 * An object as HeadObject shows it.
 *
 * @param size bytes
 * @param etag to be compared with, as sent; null when there is none that can be
 * @param version null where the bucket keeps no versions
 */
record ObjectStatus(long size, @Nullable String etag, @Nullable String version) {}
