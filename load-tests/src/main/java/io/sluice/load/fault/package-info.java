/** What goes wrong with nodes, disks and networks, and the run that checks a store through it. */
@NullMarked
package io.sluice.load.fault;

import org.jspecify.annotations.NullMarked;
