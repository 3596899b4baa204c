/** Brings replicas to the same contents again: after a move, an absence, or damage. */
@NullMarked
package io.sluice.cluster.heal;

import org.jspecify.annotations.NullMarked;
