/**
 * The loss of a primary: its standby takes over, and must have all but what was acknowledged after
 * its last set; then the other way round.
 */
@NullMarked
package io.sluice.load.standby;

import org.jspecify.annotations.NullMarked;
