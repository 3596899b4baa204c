@NullMarked
package io.sluice.recovery.job;

import org.jspecify.annotations.NullMarked;
