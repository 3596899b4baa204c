/** The chunk codec: plain bytes to stored records and back. The only home of zstd. */
@NullMarked
package io.sluice.storage.chunk.codec;

import org.jspecify.annotations.NullMarked;
