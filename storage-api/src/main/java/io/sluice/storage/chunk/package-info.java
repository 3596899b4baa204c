/** Chunks: their ids, and the record in which one is stored and sent. */
@NullMarked
package io.sluice.storage.chunk;

import org.jspecify.annotations.NullMarked;
