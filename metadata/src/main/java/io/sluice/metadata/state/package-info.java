/**
 * The deterministic state of one shard: commands and queries over a store that nothing else writes.
 * Knows nothing of how commands get here.
 */
@NullMarked
package io.sluice.metadata.state;

import org.jspecify.annotations.NullMarked;
