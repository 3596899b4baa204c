/** Tests of the chunk record. */
@NullMarked
package io.sluice.storage.chunk;

import org.jspecify.annotations.NullMarked;
