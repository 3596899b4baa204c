/**
 * What the gateway and the storage share: names and ids, the ports {@link
 * io.sluice.storage.MetadataStore} and {@link io.sluice.storage.ChunkStore}, and failures.
 */
@NullMarked
package io.sluice.storage;

import org.jspecify.annotations.NullMarked;
