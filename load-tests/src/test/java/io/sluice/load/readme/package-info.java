/** What the README says first. */
@NullMarked
package io.sluice.load.readme;

import org.jspecify.annotations.NullMarked;
