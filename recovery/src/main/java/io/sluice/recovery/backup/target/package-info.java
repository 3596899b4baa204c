/** Where backups are kept: files that are written once, by name. */
@NullMarked
package io.sluice.recovery.backup.target;

import org.jspecify.annotations.NullMarked;
