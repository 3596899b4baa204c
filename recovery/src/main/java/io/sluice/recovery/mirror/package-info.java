/** Buckets that are kept equal elsewhere: plain objects at S3 endpoints, or files. */
@NullMarked
package io.sluice.recovery.mirror;

import org.jspecify.annotations.NullMarked;
