/** What is in the files of a backup: packs of chunks, rows in blocks, and where the chunks are. */
@NullMarked
package io.sluice.recovery.backup.format;

import org.jspecify.annotations.NullMarked;
