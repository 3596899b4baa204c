/** Backups written and read, whole and damaged. */
@NullMarked
package io.sluice.recovery.backup;

import org.jspecify.annotations.NullMarked;
