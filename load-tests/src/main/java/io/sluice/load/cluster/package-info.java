/**
 * Several nodes of the server as child processes, and the network and disks between and below them.
 */
@NullMarked
package io.sluice.load.cluster;

import org.jspecify.annotations.NullMarked;
