package io.sluice.load.disaster;

import java.util.Set;

/**
 * A backup that was made while nobody wrote, and what the store held then.
 *
 * @param unsettled {@code BUCKET/KEY} of those of which a write may still have come
 */
record Moment(Backup backup, StoreState state, Set<String> unsettled) {}
