/** What every target promises, and what each does beyond it. */
@NullMarked
package io.sluice.recovery.backup.target;

import org.jspecify.annotations.NullMarked;
