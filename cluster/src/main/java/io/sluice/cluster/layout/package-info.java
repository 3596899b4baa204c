/** Which disk holds which partition: how that is computed, changed, and carried out. */
@NullMarked
package io.sluice.cluster.layout;

import org.jspecify.annotations.NullMarked;
