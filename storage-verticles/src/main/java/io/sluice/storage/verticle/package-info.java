/**
 * The storage verticle: chunks in append-only segment files on one disk, made durable in groups,
 * found through an index that can be rebuilt from them.
 */
@NullMarked
package io.sluice.storage.verticle;

import org.jspecify.annotations.NullMarked;
