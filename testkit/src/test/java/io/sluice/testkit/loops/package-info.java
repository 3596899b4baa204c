@NullMarked
package io.sluice.testkit.loops;

import org.jspecify.annotations.NullMarked;
