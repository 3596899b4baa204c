/** Standby clusters: who is the primary, and by what right it acknowledges. */
@NullMarked
package io.sluice.recovery.standby;

import org.jspecify.annotations.NullMarked;
