/** Tests of the index. */
@NullMarked
package io.sluice.storage.verticle.index;

import org.jspecify.annotations.NullMarked;
