@NullMarked
package io.sluice.recovery.mirror;

import org.jspecify.annotations.NullMarked;
