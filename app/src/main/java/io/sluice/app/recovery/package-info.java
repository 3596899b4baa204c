/** Administration of snapshots and restores. */
@NullMarked
package io.sluice.app.recovery;

import org.jspecify.annotations.NullMarked;
