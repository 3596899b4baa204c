/** Where each chunk lies: the only package that knows RocksDB. */
@NullMarked
package io.sluice.storage.verticle.index;

import org.jspecify.annotations.NullMarked;
