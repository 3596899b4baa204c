/** Backups being made: what is read of the cluster, and who does it when. */
@NullMarked
package io.sluice.recovery.job;

import org.jspecify.annotations.NullMarked;
