package io.sluice.recovery.standby;

import io.sluice.recovery.backup.SetId;
import java.util.UUID;

/**
 * Up to where a standby has followed a cluster.
 *
 * @param cluster whose backups it follows
 * @param set the last one that it has applied whole
 */
public record AppliedSet(UUID cluster, SetId set) {}
