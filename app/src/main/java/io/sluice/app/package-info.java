/** The program: command line, configuration, and the wiring of all planes. */
@NullMarked
package io.sluice.app;

import org.jspecify.annotations.NullMarked;
