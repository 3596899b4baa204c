/** Restoring a backup to files, with the cluster that it was made of gone. */
@NullMarked
package io.sluice.recovery.backup.restore;

import org.jspecify.annotations.NullMarked;
