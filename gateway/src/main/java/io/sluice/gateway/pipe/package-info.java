/** The streams between sockets and chunks, and the limits that keep their memory bounded. */
@NullMarked
package io.sluice.gateway.pipe;

import org.jspecify.annotations.NullMarked;
