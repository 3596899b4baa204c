/**
 * What S3 says about a body's integrity: the five checksum algorithms, how those of parts become
 * that of an object, ETags and Content-MD5.
 */
@NullMarked
package io.sluice.s3.checksum;

import org.jspecify.annotations.NullMarked;
