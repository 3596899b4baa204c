/**
 * The loss of a whole cluster: everything is deleted, and must come back out of backups as it was.
 */
@NullMarked
package io.sluice.load.disaster;

import org.jspecify.annotations.NullMarked;
