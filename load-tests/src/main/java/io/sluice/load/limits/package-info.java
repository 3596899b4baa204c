/** What the machine itself can do, measured without the server under test. */
@NullMarked
package io.sluice.load.limits;

import org.jspecify.annotations.NullMarked;
