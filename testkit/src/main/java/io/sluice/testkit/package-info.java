/** Fakes of the storage's ports, honest in what they answer and nothing else; and of clocks. */
@NullMarked
package io.sluice.testkit;

import org.jspecify.annotations.NullMarked;
