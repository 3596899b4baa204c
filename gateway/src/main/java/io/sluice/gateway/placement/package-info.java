/** Where chunks go and where they are read from: layout, balancing, quorum. */
@NullMarked
package io.sluice.gateway.placement;

import org.jspecify.annotations.NullMarked;
