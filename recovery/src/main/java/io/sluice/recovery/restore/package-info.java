/** Going back: what was different then, and making it so again. */
@NullMarked
package io.sluice.recovery.restore;

import org.jspecify.annotations.NullMarked;
