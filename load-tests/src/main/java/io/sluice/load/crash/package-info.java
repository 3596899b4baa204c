/**
 * The crash run: concurrent writers, {@code kill -9} at random moments, a restart, and a check of
 * every acknowledged write.
 */
@NullMarked
package io.sluice.load.crash;

import org.jspecify.annotations.NullMarked;
