/** Files of backups are damaged, and what verifications and restores make of it. */
@NullMarked
package io.sluice.load.damage;

import org.jspecify.annotations.NullMarked;
