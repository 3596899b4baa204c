/**
 * The lean benchmark: signed operations against any S3 endpoint, and the comparison with the
 * machine's limits.
 */
@NullMarked
package io.sluice.load.bench;

import org.jspecify.annotations.NullMarked;
