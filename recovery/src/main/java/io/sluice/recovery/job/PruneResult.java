package io.sluice.recovery.job;

import io.sluice.recovery.backup.prune.PruneReport;
import io.sluice.recovery.backup.prune.RetentionPlan;

/**
 * What a prune decided and did.
 *
 * @param report what was removed; of a look ahead, what would be
 */
public record PruneResult(boolean dryRun, RetentionPlan plan, PruneReport report) {}
