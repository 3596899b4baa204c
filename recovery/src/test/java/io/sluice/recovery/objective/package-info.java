/** How well a target could bring everything back, against what was asked for; and who is told. */
@NullMarked
package io.sluice.recovery.objective;

import org.jspecify.annotations.NullMarked;
