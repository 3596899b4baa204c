/**
 * The memory run: the server's resident memory under big objects, slow clients and very many small
 * objects.
 */
@NullMarked
package io.sluice.load.memory;

import org.jspecify.annotations.NullMarked;
