/** Log output: text or JSON lines on the standard error stream. */
@NullMarked
package io.sluice.app.logging;

import org.jspecify.annotations.NullMarked;
