/**
 * The consistency run: concurrent clients on a few keys, the history of what they saw, and its
 * check for linearizability.
 */
@NullMarked
package io.sluice.load.consistency;

import org.jspecify.annotations.NullMarked;
