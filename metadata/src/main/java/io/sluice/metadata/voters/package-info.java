/** Who should vote in the shards and lead them, and getting there one step at a time. */
@NullMarked
package io.sluice.metadata.voters;

import org.jspecify.annotations.NullMarked;
