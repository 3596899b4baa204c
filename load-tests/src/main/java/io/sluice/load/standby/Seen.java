package io.sluice.load.standby;

import io.sluice.load.disaster.StoreState;
import java.time.Instant;

/**
 * A takeover, as it was seen.
 *
 * @param struck when the primary was lost
 * @param first when the new one acknowledged its first write
 * @param recoveryPoint the moment of the last set that it had applied, as it said
 * @param state what it held then
 */
record Seen(Instant struck, Instant first, Instant recoveryPoint, StoreState state) {}
