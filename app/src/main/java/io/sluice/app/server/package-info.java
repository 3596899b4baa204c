/** One node: the planes joined, started in order and stopped in reverse. */
@NullMarked
package io.sluice.app.server;

import org.jspecify.annotations.NullMarked;
