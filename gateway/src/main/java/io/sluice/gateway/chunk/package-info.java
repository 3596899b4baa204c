/** The chunk codec: plain bytes to stored records and back. The only home of zstd. */
@NullMarked
package io.sluice.gateway.chunk;

import org.jspecify.annotations.NullMarked;
