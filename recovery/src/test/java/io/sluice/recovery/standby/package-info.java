@NullMarked
package io.sluice.recovery.standby;

import org.jspecify.annotations.NullMarked;
