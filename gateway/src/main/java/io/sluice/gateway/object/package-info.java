/** The S3 operations that move the bytes of objects, one class each. */
@NullMarked
package io.sluice.gateway.object;

import org.jspecify.annotations.NullMarked;
