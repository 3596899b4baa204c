/**
 * Garbage collection: what nothing names any more is deleted, after long enough. Runs for each
 * shard where that shard leads, in pages, at a bounded rate.
 */
@NullMarked
package io.sluice.metadata.gc;

import org.jspecify.annotations.NullMarked;
