/**
 * S3 as a language: what requests and responses mean, and how they are written down. No I/O, no
 * libraries.
 */
@NullMarked
package io.sluice.s3;

import org.jspecify.annotations.NullMarked;
