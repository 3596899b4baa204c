/** Buckets that are kept equal at other S3 endpoints, as plain objects. */
@NullMarked
package io.sluice.recovery.mirror;

import org.jspecify.annotations.NullMarked;
