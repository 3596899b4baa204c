/**
 * What one piece of a request costs by itself, one class a piece. {@code bin/jmh} runs them; a test
 * runs each of them for an instant, so that none rots.
 */
@NullMarked
package io.sluice.benchmarks;

import org.jspecify.annotations.NullMarked;
