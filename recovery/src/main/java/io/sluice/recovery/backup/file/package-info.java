/** The files of a backup: sealed when the target has a key, summed, and read by range. */
@NullMarked
package io.sluice.recovery.backup.file;

import org.jspecify.annotations.NullMarked;
