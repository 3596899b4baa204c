/**
 * One class a command: what it reads, decides and changes. All are pure: the same command on the
 * same rows does the same on every peer, so there is no clock, chance or I/O in here but reading
 * the transaction.
 */
@NullMarked
package io.sluice.metadata.state.command;

import org.jspecify.annotations.NullMarked;
