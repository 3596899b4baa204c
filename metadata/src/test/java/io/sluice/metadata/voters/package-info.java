@NullMarked
package io.sluice.metadata.voters;

import org.jspecify.annotations.NullMarked;
