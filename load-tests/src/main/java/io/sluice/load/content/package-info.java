/** Contents that are known from a seed and a length. */
@NullMarked
package io.sluice.load.content;

import org.jspecify.annotations.NullMarked;
