/** Which backups are kept how long, and the removal of the others. */
@NullMarked
package io.sluice.recovery.backup.prune;

import org.jspecify.annotations.NullMarked;
