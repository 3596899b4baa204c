/** Tests of names and ids. */
@NullMarked
package io.sluice.storage;

import org.jspecify.annotations.NullMarked;
