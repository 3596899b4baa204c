/** A small S3 client for tests: Signature V4, a blocking client, listings. */
@NullMarked
package io.sluice.load.s3;

import org.jspecify.annotations.NullMarked;
