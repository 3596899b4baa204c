/** Files of a backup, sealed and plain. */
@NullMarked
package io.sluice.recovery.backup.file;

import org.jspecify.annotations.NullMarked;
