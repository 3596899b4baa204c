/** Recovery with whole servers on the other end. */
@NullMarked
package io.sluice.app.recovery;

import org.jspecify.annotations.NullMarked;
