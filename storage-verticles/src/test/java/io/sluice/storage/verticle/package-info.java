/** Tests of the storage verticle. */
@NullMarked
package io.sluice.storage.verticle;

import org.jspecify.annotations.NullMarked;
