/** When backups are made: cron expressions, and what is due. Nothing here does I/O. */
@NullMarked
package io.sluice.recovery.schedule;

import org.jspecify.annotations.NullMarked;
