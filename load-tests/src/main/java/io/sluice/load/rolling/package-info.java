/** Nodes that are restarted one after the other under load, and clients that notice nothing. */
@NullMarked
package io.sluice.load.rolling;

import org.jspecify.annotations.NullMarked;
