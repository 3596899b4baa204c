/** The metadata plane of one node: what the application starts, and what it is started with. */
@NullMarked
package io.sluice.metadata;

import org.jspecify.annotations.NullMarked;
