/** The one home of RocksDB: no type of it leaves this package. */
@NullMarked
package io.sluice.metadata.state.rocks;

import org.jspecify.annotations.NullMarked;
