/**
 * The HTTP parts of S3 that carry meaning: ranges, preconditions, dates, user metadata,
 * percent-encoding.
 */
@NullMarked
package io.sluice.s3.http;

import org.jspecify.annotations.NullMarked;
