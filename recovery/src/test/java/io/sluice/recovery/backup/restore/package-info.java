/** Restoring backups to files. */
@NullMarked
package io.sluice.recovery.backup.restore;

import org.jspecify.annotations.NullMarked;
