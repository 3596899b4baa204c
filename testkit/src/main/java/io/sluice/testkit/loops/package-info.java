/** Finds event loops that were blocked, and fails the test during which they were. */
@NullMarked
package io.sluice.testkit.loops;

import org.jspecify.annotations.NullMarked;
