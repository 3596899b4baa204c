/** Snapshots: moments over all shards that can be read for as long as they are kept. */
@NullMarked
package io.sluice.recovery.snapshot;

import org.jspecify.annotations.NullMarked;
