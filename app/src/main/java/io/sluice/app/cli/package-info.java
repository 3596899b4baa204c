/** The command line: one class a command. */
@NullMarked
package io.sluice.app.cli;

import org.jspecify.annotations.NullMarked;
