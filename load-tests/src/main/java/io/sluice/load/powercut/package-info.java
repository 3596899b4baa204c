/**
 * The power-cut run: the server runs under strace, which records what was written and what was
 * fsynced; after a SIGKILL, what was not fsynced is cut off, zeroed or torn in copies of the data
 * directory, and the server is started on each.
 */
@NullMarked
package io.sluice.load.powercut;

import org.jspecify.annotations.NullMarked;
