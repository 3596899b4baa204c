/** What a node consists of, whether it is alone or one of many. */
@NullMarked
package io.sluice.app.node;

import org.jspecify.annotations.NullMarked;
