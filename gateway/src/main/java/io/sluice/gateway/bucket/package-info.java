/** From a bucket's name to its id and shard, and commands and queries to that shard. */
@NullMarked
package io.sluice.gateway.bucket;

import org.jspecify.annotations.NullMarked;
