/** Rows of a shard: their families, their keys, and the view of them that one command changes. */
@NullMarked
package io.sluice.metadata.state.row;

import org.jspecify.annotations.NullMarked;
