@NullMarked
package io.sluice.recovery.backup.prune;

import org.jspecify.annotations.NullMarked;
