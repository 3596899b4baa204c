/** A node that is one of many: how it finds the others, and what it does for them. */
@NullMarked
package io.sluice.app.cluster;

import org.jspecify.annotations.NullMarked;
