/**
 * Backups: sets of rows and chunks in a target, and the chains that they make. {@code
 * docs/backup-format.md} describes the format.
 */
@NullMarked
package io.sluice.recovery.backup;

import org.jspecify.annotations.NullMarked;
