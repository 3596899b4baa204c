/** The server under test as a child process. */
@NullMarked
package io.sluice.load.process;

import org.jspecify.annotations.NullMarked;
