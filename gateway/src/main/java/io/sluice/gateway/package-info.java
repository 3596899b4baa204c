/** The access plane: S3 over HTTP. */
@NullMarked
package io.sluice.gateway;

import org.jspecify.annotations.NullMarked;
