/** One class a query: what it reads and answers. Queries change nothing. */
@NullMarked
package io.sluice.metadata.state.query;

import org.jspecify.annotations.NullMarked;
