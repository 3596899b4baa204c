/** Where chunks go and where they are read from: balancing, quorum, failover. */
@NullMarked
package io.sluice.gateway.placement;

import org.jspecify.annotations.NullMarked;
